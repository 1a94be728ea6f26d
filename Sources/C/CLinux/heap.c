#include "CLinux.h"

#include <malloc.h>

int linux_limit_arenas(int count) {
    return mallopt(M_ARENA_MAX, count);
}

void linux_trim_heap(void) {
    malloc_trim(0);
}
