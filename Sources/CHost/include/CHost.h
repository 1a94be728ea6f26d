#pragma once

/// The commit given at build time, "" when nobody gave one. Static.
const char *chost_revision(void);

/// strerror(3) without its shared buffer: static text, "unknown error" for a number that has none.
const char *chost_error_text(int error);

/// prctl(2), PR_SET_NAME: what the calling thread is called in `ps -L`; at most 15 bytes count.
void chost_name_thread(const char *name);

/// mallopt(3), M_ARENA_MAX; 0 when the C library does not take it.
int chost_limit_arenas(int count);

/// malloc_trim(3): gives unused pages back, also those between used ones.
void chost_trim_heap(void);

/// No core dumps of this process (prctl(2), PR_SET_DUMPABLE), nor of programs that it starts (RLIMIT_CORE).
void chost_forbid_cores(void);

/// Takes chost_forbid_cores back: the limit is the inherited one again.
void chost_allow_cores(void);
