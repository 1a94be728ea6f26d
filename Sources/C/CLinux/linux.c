#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/keyctl.h>
#include <linux/openat2.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

int linux_set_thread_name(const char *name) {
    return prctl(PR_SET_NAME, name);
}

static int prepare_attributes(posix_spawnattr_t *attributes) {
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    int error = posix_spawnattr_setsigmask(attributes, &none);
    if (!error) error = posix_spawnattr_setsigdefault(attributes, &all);
    if (error) return error;
    return posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
}

// The two descriptors must lie above the child's 0 to 3, or one would overwrite the other: the caller's file is
// duplicated there first.
static int prepare_files(posix_spawn_file_actions_t *files, int output, int secret) {
    int error = posix_spawn_file_actions_addopen(files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    if (!error) error = posix_spawn_file_actions_adddup2(files, output, STDOUT_FILENO);
    if (!error) error = posix_spawn_file_actions_adddup2(files, output, STDERR_FILENO);
    if (!error) error = posix_spawn_file_actions_adddup2(files, secret, 3);
    if (!error) error = posix_spawn_file_actions_addclosefrom_np(files, 4);
    if (!error) error = posix_spawn_file_actions_addchdir_np(files, "/");
    return error;
}

int linux_spawn(pid_t *pid, const char *path, char *const argv[], char *const envp[], int output, int secret) {
    int high_output = fcntl(output, F_DUPFD_CLOEXEC, 4);
    if (high_output < 0) return errno;
    int high_secret = fcntl(secret, F_DUPFD_CLOEXEC, 4);
    if (high_secret < 0) {
        int error = errno;
        close(high_output);
        return error;
    }
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_t files;
    int error = posix_spawnattr_init(&attributes);
    if (!error) {
        error = posix_spawn_file_actions_init(&files);
        if (!error) {
            error = prepare_attributes(&attributes);
            if (!error) error = prepare_files(&files, high_output, high_secret);
            if (!error) error = posix_spawn(pid, path, &files, &attributes, argv, envp);
            posix_spawn_file_actions_destroy(&files);
        }
        posix_spawnattr_destroy(&attributes);
    }
    close(high_output);
    close(high_secret);
    return error;
}

int linux_pidfd_open(pid_t pid) {
    return (int)syscall(SYS_pidfd_open, pid, 0);
}

int linux_pidfd_send_signal(int pidfd, int signal) {
    return (int)syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0);
}

static int close_failed(int descriptor) {
    int error = errno;
    close(descriptor);
    errno = error;
    return -1;
}

int linux_sealed_memory(const char *name, const void *content, size_t length) {
    int memory = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (memory < 0) return -1;
    if (fchmod(memory, S_IRUSR) < 0) return close_failed(memory);
    const char *next = content;
    for (size_t left = length; left > 0;) {
        ssize_t written = write(memory, next, left);
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return close_failed(memory);
        next += written;
        left -= (size_t)written;
    }
    if (lseek(memory, 0, SEEK_SET) < 0) return close_failed(memory);
    if (fcntl(memory, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) < 0) {
        return close_failed(memory);
    }
    return memory;
}

int32_t linux_add_thread_key(const char *type, const char *description, const void *payload, size_t size) {
    return (int32_t)syscall(SYS_add_key, type, description, payload, size, KEY_SPEC_THREAD_KEYRING);
}

int linux_revoke_key(int32_t key) {
    return (int)syscall(SYS_keyctl, KEYCTL_REVOKE, key);
}

int linux_unlink_thread_key(int32_t key) {
    return (int)syscall(SYS_keyctl, KEYCTL_UNLINK, key, KEY_SPEC_THREAD_KEYRING);
}

static int open_directory(int directory, const char *path, uint64_t resolve) {
    struct open_how how = {.flags = O_PATH | O_DIRECTORY | O_CLOEXEC, .resolve = resolve};
    return (int)syscall(SYS_openat2, directory, path, &how, sizeof how);
}

int linux_open_directory_nolinks(int directory, const char *path) {
    return open_directory(directory, path, RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS);
}

int linux_open_directory(int directory, const char *path) {
    return open_directory(directory, path, RESOLVE_NO_MAGICLINKS);
}

// The kernel's path of an open descriptor, or of `name` in the directory that it refers to.
struct descriptor_path {
    char text[sizeof "/proc/self/fd/" + 3 * sizeof(int) + 256];
};

static int descriptor_path(struct descriptor_path *path, int descriptor, const char *name) {
    int length = snprintf(path->text, sizeof path->text, "/proc/self/fd/%d%s%s", descriptor, name ? "/" : "",
                          name ? name : "");
    if (length > 0 && (size_t)length < sizeof path->text) return 0;
    errno = ENAMETOOLONG;
    return -1;
}

ssize_t linux_get_attribute(int descriptor, const char *name, void *value, size_t size) {
    struct descriptor_path path;
    if (descriptor_path(&path, descriptor, NULL) < 0) return -1;
    return getxattr(path.text, name, value, size);
}

int linux_reopen_directory(int descriptor) {
    struct descriptor_path path;
    if (descriptor_path(&path, descriptor, NULL) < 0) return -1;
    return open(path.text, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

int linux_open_filesystem(const char *type) {
    return (int)syscall(SYS_fsopen, type, FSOPEN_CLOEXEC);
}

int linux_mount(const char *source, int directory, const char *type, unsigned long flags, const char *data) {
    struct descriptor_path path;
    if (descriptor_path(&path, directory, NULL) < 0) return -1;
    return mount(source, path.text, type, flags, data);
}

int linux_sync_filesystem(int descriptor) {
    return syncfs(descriptor);
}

int linux_clone_mount(int descriptor) {
    return (int)syscall(SYS_open_tree, descriptor, "", AT_EMPTY_PATH | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
}

int linux_make_mount_readonly(int mount) {
    struct mount_attr attributes = {.attr_set = MOUNT_ATTR_RDONLY};
    return (int)syscall(SYS_mount_setattr, mount, "", AT_EMPTY_PATH, &attributes, sizeof attributes);
}

int linux_attach_mount(int mount, int target) {
    return (int)syscall(SYS_move_mount, mount, "", target, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH);
}

int linux_unmount(int directory, const char *name, int flags) {
    struct descriptor_path path;
    if (descriptor_path(&path, directory, name) < 0) return -1;
    return umount2(path.text, UMOUNT_NOFOLLOW | flags);
}
