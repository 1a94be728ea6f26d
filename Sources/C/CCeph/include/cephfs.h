#pragma once
// libcephfs.h insists on 64-bit file offsets by two macros. Defined before the C library's own headers they would give
// structs other field types than Swift's Glibc module has, and the two would not make one program. So those headers
// come first; where off_t has 64 bits anyway the macros change nothing but the check.
#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/time.h>
#include <sys/types.h>
#include <unistd.h>
#include <utime.h>
_Static_assert(sizeof(off_t) == 8, "libcephfs needs 64-bit file offsets");
#ifndef _FILE_OFFSET_BITS
#define _FILE_OFFSET_BITS 64
#endif
#ifndef __USE_FILE_OFFSET64
#define __USE_FILE_OFFSET64 1
#include <cephfs/libcephfs.h>
#undef __USE_FILE_OFFSET64
#else
#include <cephfs/libcephfs.h>
#endif

/// Loads libcephfs.so.2 once, whoever calls first; later calls return the same answer.
///
/// The library is not linked: with what it depends on it costs 10 MB of resident memory and most of the start time in
/// every process, and a node never calls it. Each ceph_* function that this module defines loads it at its first use.
///
/// Returns 0, or -ELIBACC with a message in *error that lives as long as the process.
int ccephfs_load(const char **error);

/// The Ceph release that the library is of, `16.2.15`; empty when it does not say, or can't be loaded.
const char *ccephfs_release(void);

/// Whether the library can decode cephx keys of AES-256.
int ccephfs_knows_aes256_keys(void);

/// O_DIRECT (open(2)), which Swift's Glibc module does not have: past the client's cache, as libcephfs understands it.
enum { ccephfs_o_direct = __O_DIRECT };
