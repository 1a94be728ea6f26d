#include "CHost.h"

#include <malloc.h>

int chost_limit_arenas(int count) {
    return mallopt(M_ARENA_MAX, count);
}

void chost_trim_heap(void) {
    malloc_trim(0);
}
