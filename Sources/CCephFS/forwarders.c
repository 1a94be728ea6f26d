// The functions of libcephfs that the plugin calls, each a forwarder to the library loaded at first use. The header's
// prototypes are in scope, so a forwarder that differs from the real function does not compile.
//
// They are hidden: the library's own calls among its functions must never come back to them.
#pragma GCC visibility push(hidden)
#include "CCephFS.h"
#pragma GCC visibility pop

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>

// F(result, name, parameters, arguments, result when there is no library)
#define MOUNT struct ceph_mount_info *m
#define FUNCTIONS(F) \
    F(int, ceph_create, (struct ceph_mount_info **m, const char *const id), (m, id), -ELIBACC) \
    F(int, ceph_conf_set, (MOUNT, const char *option, const char *value), (m, option, value), -ELIBACC) \
    F(int, ceph_init, (MOUNT), (m), -ELIBACC) \
    F(int, ceph_select_filesystem, (MOUNT, const char *name), (m, name), -ELIBACC) \
    F(int, ceph_start_reclaim, (MOUNT, const char *uuid, unsigned flags), (m, uuid, flags), -ELIBACC) \
    F(void, ceph_finish_reclaim, (MOUNT), (m), ) \
    F(void, ceph_set_uuid, (MOUNT, const char *uuid), (m, uuid), ) \
    F(int, ceph_mount, (MOUNT, const char *root), (m, root), -ELIBACC) \
    F(int, ceph_unmount, (MOUNT), (m), -ELIBACC) \
    F(int, ceph_abort_conn, (MOUNT), (m), -ELIBACC) \
    F(int, ceph_release, (MOUNT), (m), -ELIBACC) \
    F(int, ceph_statfs, (MOUNT, const char *path, struct statvfs *out), (m, path, out), -ELIBACC) \
    F(int, ceph_opendir, (MOUNT, const char *path, struct ceph_dir_result **out), (m, path, out), -ELIBACC) \
    F(int, ceph_closedir, (MOUNT, struct ceph_dir_result *dir), (m, dir), -ELIBACC) \
    F(int, ceph_readdirplus_r, \
        (MOUNT, struct ceph_dir_result *dir, struct dirent *entry, struct ceph_statx *stx, unsigned want, \
            unsigned flags, struct Inode **out), \
        (m, dir, entry, stx, want, flags, out), -ELIBACC) \
    F(int, ceph_mkdir, (MOUNT, const char *path, mode_t mode), (m, path, mode), -ELIBACC) \
    F(int, ceph_rmdir, (MOUNT, const char *path), (m, path), -ELIBACC) \
    F(int, ceph_unlink, (MOUNT, const char *path), (m, path), -ELIBACC) \
    F(int, ceph_rename, (MOUNT, const char *from, const char *to), (m, from, to), -ELIBACC) \
    F(int, ceph_symlink, (MOUNT, const char *target, const char *path), (m, target, path), -ELIBACC) \
    F(int, ceph_statx, (MOUNT, const char *path, struct ceph_statx *stx, unsigned want, unsigned flags), \
        (m, path, stx, want, flags), -ELIBACC) \
    F(int, ceph_chmod, (MOUNT, const char *path, mode_t mode), (m, path, mode), -ELIBACC) \
    F(int, ceph_chown, (MOUNT, const char *path, int uid, int gid), (m, path, uid, gid), -ELIBACC) \
    F(int, ceph_open, (MOUNT, const char *path, int flags, mode_t mode), (m, path, flags, mode), -ELIBACC) \
    F(int, ceph_close, (MOUNT, int fd), (m, fd), -ELIBACC) \
    F(int, ceph_read, (MOUNT, int fd, char *b, int64_t size, int64_t offset), (m, fd, b, size, offset), -ELIBACC) \
    F(int, ceph_write, (MOUNT, int fd, const char *b, int64_t size, int64_t offset), (m, fd, b, size, offset), \
        -ELIBACC) \
    F(int, ceph_fsync, (MOUNT, int fd, int data_only), (m, fd, data_only), -ELIBACC) \
    F(int, ceph_getxattr, (MOUNT, const char *path, const char *name, void *value, size_t size), \
        (m, path, name, value, size), -ELIBACC) \
    F(int, ceph_setxattr, (MOUNT, const char *path, const char *name, const void *value, size_t size, int flags), \
        (m, path, name, value, size, flags), -ELIBACC) \
    F(int, ceph_removexattr, (MOUNT, const char *path, const char *name), (m, path, name), -ELIBACC) \
    F(int, ceph_mds_command, \
        (MOUNT, const char *spec, const char **cmd, size_t cmdlen, const char *inbuf, size_t inbuflen, char **outbuf, \
            size_t *outbuflen, char **outs, size_t *outslen), \
        (m, spec, cmd, cmdlen, inbuf, inbuflen, outbuf, outbuflen, outs, outslen), -ELIBACC) \
    F(void, ceph_buffer_free, (char *buffer), (buffer), )

#define SLOT(result, name, parameters, arguments, missing) __typeof__(&name) name;
static struct {
    FUNCTIONS(SLOT)
} library;

static pthread_once_t once = PTHREAD_ONCE_INIT;
static int loaded;
static char failure[512];

static void load(void) {
    void *handle = dlopen("libcephfs.so.2", RTLD_NOW | RTLD_LOCAL);
    if (!handle) {
        snprintf(failure, sizeof failure, "%s", dlerror());
        return;
    }
#define RESOLVE(result, function, parameters, arguments, missing) \
    library.function = (__typeof__(&function))dlsym(handle, #function); \
    if (!library.function) { \
        snprintf(failure, sizeof failure, "libcephfs.so.2 has no function " #function); \
        return; \
    }
    FUNCTIONS(RESOLVE)
    loaded = 1;
}

int ccephfs_load(const char **error) {
    pthread_once(&once, load);
    if (error) *error = loaded ? NULL : failure;
    return loaded ? 0 : -ELIBACC;
}

#define FORWARD(result, name, parameters, arguments, missing) \
    result name parameters { \
        if (ccephfs_load(NULL) != 0) return missing; \
        return library.name arguments; \
    }
FUNCTIONS(FORWARD)
