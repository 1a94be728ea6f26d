// What Swift can't import from Linux: variadic functions, macros with casts, calls without a glibc wrapper.
// Every function returns what its system call returns, and sets errno; none decides anything.
#pragma once

/// prctl(2) PR_SET_NAME: names the calling thread; bytes past the 15th are cut off.
int linux_set_thread_name(const char *name);
