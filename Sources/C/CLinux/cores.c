#include "CLinux.h"

#include <sys/prctl.h>
#include <sys/resource.h>

// What the process started with.
static rlim_t inherited = RLIM_INFINITY;

void linux_forbid_cores(void) {
    struct rlimit limit;
    if (!getrlimit(RLIMIT_CORE, &limit)) {
        inherited = limit.rlim_cur;
        // Not 0: with a program in core_pattern (core(5)) the kernel heeds no limit but 1, by which it tells a crash of
        // that program, and for a file 1 is too little as well. Children inherit it, execve(2) does not change it.
        limit.rlim_cur = limit.rlim_max < 1 ? 0 : 1;
        setrlimit(RLIMIT_CORE, &limit);
    }
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

void linux_allow_cores(void) {
    struct rlimit limit;
    if (!getrlimit(RLIMIT_CORE, &limit)) {
        limit.rlim_cur = inherited;
        setrlimit(RLIMIT_CORE, &limit);
    }
    prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
}
