#include "CHost.h"

#include <sys/prctl.h>

void chost_name_thread(const char *name) {
    prctl(PR_SET_NAME, name);
}
