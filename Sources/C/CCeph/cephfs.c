// The functions of libcephfs that the plugin calls, each a forwarder to the library loaded at first use. The header's
// prototypes are in scope, so a forwarder that differs from the real function does not compile.
//
// They are hidden: the library's own calls among its functions must never come back to them.
#pragma GCC visibility push(hidden)
#include "cephfs.h"
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
    F(mode_t, ceph_umask, (MOUNT, mode_t mode), (m, mode), 0) \
    F(int, ceph_unmount, (MOUNT), (m), -ELIBACC) \
    F(int, ceph_abort_conn, (MOUNT), (m), -ELIBACC) \
    F(int, ceph_release, (MOUNT), (m), -ELIBACC) \
    F(int, ceph_statfs, (MOUNT, const char *path, struct statvfs *out), (m, path, out), -ELIBACC) \
    F(int, ceph_getdnames, (MOUNT, struct ceph_dir_result *dir, char *b, int size), (m, dir, b, size), -ELIBACC) \
    F(int, ceph_readdirplus_r, \
        (MOUNT, struct ceph_dir_result *dir, struct dirent *entry, struct ceph_statx *stx, unsigned want, \
            unsigned flags, struct Inode **out), \
        (m, dir, entry, stx, want, flags, out), -ELIBACC) \
    F(int, ceph_mkdir, (MOUNT, const char *path, mode_t mode), (m, path, mode), -ELIBACC) \
    F(int, ceph_symlink, (MOUNT, const char *target, const char *path), (m, target, path), -ELIBACC) \
    F(int, ceph_mds_command, \
        (MOUNT, const char *spec, const char **cmd, size_t cmdlen, const char *inbuf, size_t inbuflen, char **outbuf, \
            size_t *outbuflen, char **outs, size_t *outslen), \
        (m, spec, cmd, cmdlen, inbuf, inbuflen, outbuf, outbuflen, outs, outslen), -ELIBACC) \
    F(void, ceph_buffer_free, (char *buffer), (buffer), ) \
    F(int, ceph_sync_fs, (MOUNT), (m), -ELIBACC) \
    F(int, ceph_debug_get_file_caps, (MOUNT, const char *path), (m, path), -ELIBACC) \
    F(int, ceph_mksnap, \
        (MOUNT, const char *path, const char *name, mode_t mode, struct snap_metadata *pairs, size_t count), \
        (m, path, name, mode, pairs, count), -ELIBACC) \
    F(int, ceph_get_snap_info, (MOUNT, const char *path, struct snap_info *out), (m, path, out), -ELIBACC) \
    F(void, ceph_free_snap_info_buffer, (struct snap_info *info), (info), ) \
    LOW_LEVEL_FUNCTIONS(F)

// By inode instead of by path.
#define NODE MOUNT, Inode *in
#define PERMS const UserPerm *perms
#define STATX struct ceph_statx *stx, unsigned want, unsigned flags
#define LOW_LEVEL_FUNCTIONS(F) \
    F(struct UserPerm *, ceph_mount_perms, (MOUNT), (m), NULL) \
    F(int, ceph_ll_lookup_root, (MOUNT, Inode **out), (m, out), -ELIBACC) \
    F(int, ceph_ll_lookup, (NODE, const char *name, Inode **out, STATX, PERMS), \
        (m, in, name, out, stx, want, flags, perms), -ELIBACC) \
    F(int, ceph_ll_put, (NODE), (m, in), -ELIBACC) \
    F(int, ceph_ll_getattr, (NODE, STATX, PERMS), (m, in, stx, want, flags, perms), -ELIBACC) \
    F(int, ceph_ll_setattr, (NODE, struct ceph_statx *stx, int mask, PERMS), (m, in, stx, mask, perms), -ELIBACC) \
    F(int, ceph_ll_opendir, (NODE, struct ceph_dir_result **out, PERMS), (m, in, out, perms), -ELIBACC) \
    F(void, ceph_seekdir, (MOUNT, struct ceph_dir_result *dir, int64_t offset), (m, dir, offset), ) \
    F(int, ceph_ll_releasedir, (MOUNT, struct ceph_dir_result *dir), (m, dir), -ELIBACC) \
    F(int, ceph_ll_mkdir, (NODE, const char *name, mode_t mode, Inode **out, STATX, PERMS), \
        (m, in, name, mode, out, stx, want, flags, perms), -ELIBACC) \
    F(int, ceph_ll_mknod, (NODE, const char *name, mode_t mode, dev_t device, Inode **out, STATX, PERMS), \
        (m, in, name, mode, device, out, stx, want, flags, perms), -ELIBACC) \
    F(int, ceph_ll_symlink, (NODE, const char *name, const char *target, Inode **out, STATX, PERMS), \
        (m, in, name, target, out, stx, want, flags, perms), -ELIBACC) \
    F(int, ceph_ll_readlink, (NODE, char *b, size_t size, PERMS), (m, in, b, size, perms), -ELIBACC) \
    F(int, ceph_ll_link, (NODE, struct Inode *directory, const char *name, PERMS), \
        (m, in, directory, name, perms), -ELIBACC) \
    F(int, ceph_ll_unlink, (NODE, const char *name, PERMS), (m, in, name, perms), -ELIBACC) \
    F(int, ceph_ll_rmdir, (NODE, const char *name, PERMS), (m, in, name, perms), -ELIBACC) \
    F(int, ceph_ll_rename, (NODE, const char *name, struct Inode *directory, const char *target, PERMS), \
        (m, in, name, directory, target, perms), -ELIBACC) \
    F(int, ceph_ll_create, \
        (NODE, const char *name, mode_t mode, int oflags, Inode **out, Fh **file, STATX, PERMS), \
        (m, in, name, mode, oflags, out, file, stx, want, flags, perms), -ELIBACC) \
    F(int, ceph_ll_open, (NODE, int flags, struct Fh **file, PERMS), (m, in, flags, file, perms), -ELIBACC) \
    F(int, ceph_ll_close, (MOUNT, struct Fh *file), (m, file), -ELIBACC) \
    F(int, ceph_ll_read, (MOUNT, struct Fh *file, int64_t offset, uint64_t size, char *b), \
        (m, file, offset, size, b), -ELIBACC) \
    F(int, ceph_ll_write, (MOUNT, struct Fh *file, int64_t offset, uint64_t size, const char *b), \
        (m, file, offset, size, b), -ELIBACC) \
    F(int, ceph_ll_fsync, (MOUNT, struct Fh *file, int data_only), (m, file, data_only), -ELIBACC) \
    F(int, ceph_ll_getxattr, (NODE, const char *name, void *value, size_t size, PERMS), \
        (m, in, name, value, size, perms), -ELIBACC) \
    F(int, ceph_ll_setxattr, (NODE, const char *name, const void *value, size_t size, int flags, PERMS), \
        (m, in, name, value, size, flags, perms), -ELIBACC) \
    F(int, ceph_ll_listxattr, (NODE, char *names, size_t room, size_t *size, PERMS), \
        (m, in, names, room, size, perms), -ELIBACC) \
    F(int, ceph_ll_removexattr, (NODE, const char *name, PERMS), (m, in, name, perms), -ELIBACC)

#define SLOT(result, name, parameters, arguments, missing) __typeof__(&name) name;
static struct {
    FUNCTIONS(SLOT)
} library;

static pthread_once_t once = PTHREAD_ONCE_INIT;
static int loaded;
static char failure[512];
static const char *release;
static int knows_aes256_keys;

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
    // ceph_version_to_str() and the type information of ceph::auth::CryptoAES256KRB5, both of libceph-common, which
    // libcephfs needs and which is therefore looked through too. libcephfs itself tells neither.
    const char *(*version)(void) = (const char *(*)(void))dlsym(handle, "_Z19ceph_version_to_strv");
    release = version ? version() : "";
    knows_aes256_keys = dlsym(handle, "_ZTIN4ceph4auth16CryptoAES256KRB5E") != NULL;
    loaded = 1;
}

int ccephfs_load(const char **error) {
    pthread_once(&once, load);
    if (error) *error = loaded ? NULL : failure;
    return loaded ? 0 : -ELIBACC;
}

const char *ccephfs_release(void) { return ccephfs_load(NULL) == 0 ? release : ""; }

int ccephfs_knows_aes256_keys(void) { return ccephfs_load(NULL) == 0 && knows_aes256_keys; }

#define FORWARD(result, name, parameters, arguments, missing) \
    result name parameters { \
        if (ccephfs_load(NULL) != 0) return missing; \
        return library.name arguments; \
    }
FUNCTIONS(FORWARD)
