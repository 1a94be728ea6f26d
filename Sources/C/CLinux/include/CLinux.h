// What Swift can't import from Linux: variadic functions, macros with casts, calls that glibc hides behind _GNU_SOURCE.
// Functions return what their system call returns and set errno; none decides anything.
#pragma once

#include <stdint.h>
#include <sys/types.h>

// This process

/// The commit given at build time, "" when nobody gave one. Static.
const char *linux_revision(void);

/// strerror(3) without its shared buffer: static text, "unknown error" for a number that has none.
const char *linux_error_text(int error);

/// mallopt(3), M_ARENA_MAX; 0 when the C library does not take it.
int linux_limit_arenas(int count);

/// malloc_trim(3): gives unused pages back, also those between used ones.
void linux_trim_heap(void);

/// No core dumps of this process (prctl(2), PR_SET_DUMPABLE), nor of programs that it starts (RLIMIT_CORE).
void linux_forbid_cores(void);

/// Takes linux_forbid_cores back: the limit is the inherited one again.
void linux_allow_cores(void);

// Threads and processes

/// prctl(2) PR_SET_NAME: names the calling thread; bytes past the 15th are cut off.
int linux_set_thread_name(const char *name);

/// posix_spawn(3) of `path` in a session of its own, in `/`, with every signal at its default and none blocked.
/// The child's descriptors are 0: /dev/null, 1 and 2: `output`, 3: `secret`; it inherits no other.
/// Returns 0 or an errno, as posix_spawn does.
int linux_spawn(pid_t *pid, const char *path, char *const argv[], char *const envp[], int output, int secret);

/// pidfd_open(2): a descriptor that polls readable once the process has ended.
int linux_pidfd_open(pid_t pid);
/// pidfd_send_signal(2), without siginfo.
int linux_pidfd_send_signal(int pidfd, int signal);

/// memfd_create(2) MFD_CLOEXEC with `length` bytes of `content`, readable by the owner alone and sealed against every
/// change; the read position is 0.
int linux_sealed_memory(const char *name, const void *content, size_t length);

// Keys

/// add_key(2) of `size` bytes to the calling thread's keyring, which no other thread sees: the key's serial number.
int32_t linux_add_thread_key(const char *type, const char *description, const void *payload, size_t size);
/// keyctl(2) KEYCTL_REVOKE: the key can't be read or used any more, whoever has found it.
int linux_revoke_key(int32_t key);
/// keyctl(2) KEYCTL_UNLINK from the calling thread's keyring.
int linux_unlink_thread_key(int32_t key);

// Paths

/// openat2(2) with O_PATH | O_DIRECTORY | O_CLOEXEC that follows no symbolic and no magic link in any component.
int linux_open_directory_nolinks(int directory, const char *path);
/// openat2(2) with O_PATH | O_DIRECTORY | O_CLOEXEC that follows symbolic links but no magic link.
int linux_open_directory(int directory, const char *path);
/// fgetxattr(2) that also takes O_PATH descriptors.
ssize_t linux_get_attribute(int descriptor, const char *name, void *value, size_t size);
/// open(2) O_RDONLY of the directory that `descriptor`, which may be O_PATH, refers to. Asks the file system, which may
/// block.
int linux_reopen_directory(int descriptor);

// Mounts

/// fsopen(2) FSOPEN_CLOEXEC: a descriptor if the kernel has the file system `type`, loading its module if need be.
int linux_open_filesystem(const char *type);
/// mount(2) of `source` on the directory that `directory` refers to.
int linux_mount(const char *source, int directory, const char *type, unsigned long flags, const char *data);
/// syncfs(2): writes back everything of the file system that `descriptor` is on.
int linux_sync_filesystem(int descriptor);

/// open_tree(2) OPEN_TREE_CLONE: a detached bind mount of the directory that `descriptor` refers to. It vanishes when
/// the descriptor returned is closed before linux_attach_mount.
int linux_clone_mount(int descriptor);
/// mount_setattr(2): makes a mount read-only and leaves its other attributes as they are.
int linux_make_mount_readonly(int mount);
/// move_mount(2): attaches a detached mount to the directory `target`, both by descriptor.
int linux_attach_mount(int mount, int target);
/// umount2(2) UMOUNT_NOFOLLOW of `name` in `directory`, with `flags` besides (MNT_DETACH, MNT_FORCE).
int linux_unmount(int directory, const char *name, int flags);
