#define _GNU_SOURCE
#include "CLinux.h"

#include <sys/prctl.h>

int linux_set_thread_name(const char *name) {
    return prctl(PR_SET_NAME, name);
}
