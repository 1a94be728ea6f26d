// What Swift can't import from Linux: variadic functions, macros with casts, calls that glibc hides behind _GNU_SOURCE.
// Functions return what their system call returns and set errno; none decides anything.
#pragma once

#include <stdint.h>
#include <sys/types.h>

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

// Paths

/// openat2(2) with O_PATH | O_DIRECTORY | O_CLOEXEC that follows no symbolic and no magic link in any component.
int linux_open_directory_nolinks(int directory, const char *path);
/// openat2(2) with O_PATH | O_DIRECTORY | O_CLOEXEC that follows symbolic links but no magic link.
int linux_open_directory(int directory, const char *path);
/// fgetxattr(2) that also takes O_PATH descriptors.
ssize_t linux_get_attribute(int descriptor, const char *name, void *value, size_t size);

// Mounts

/// open_tree(2) OPEN_TREE_CLONE: a detached bind mount of the directory that `descriptor` refers to. It vanishes when
/// the descriptor returned is closed before linux_attach_mount.
int linux_clone_mount(int descriptor);
/// mount_setattr(2): makes a mount read-only and leaves its other attributes as they are.
int linux_make_mount_readonly(int mount);
/// move_mount(2): attaches a detached mount to the directory `target`, both by descriptor.
int linux_attach_mount(int mount, int target);
/// umount2(2) UMOUNT_NOFOLLOW of `name` in `directory`, with MNT_DETACH when `detach` is not 0.
int linux_unmount(int directory, const char *name, int detach);
