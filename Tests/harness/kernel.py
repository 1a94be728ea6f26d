"""The system calls around mounts and keys that Python has no functions for. Each raises OSError with the kernel's errno."""

import base64
import ctypes
import os

_libc = ctypes.CDLL(None, use_errno=True)

# Of x86_64; from asm/unistd_64.h.
_ADD_KEY, _KEYCTL = 248, 250
_OPEN_TREE, _MOVE_MOUNT, _FSOPEN = 428, 429, 430

THREAD_KEYRING, PROCESS_KEYRING = -1, -2
MNT_DETACH, MNT_FORCE = 2, 1
AT_FDCWD = -100

_KEYCTL_REVOKE, _KEYCTL_UNLINK = 3, 9
_OPEN_TREE_CLONE, _OPEN_TREE_CLOEXEC, _MOVE_MOUNT_F_EMPTY_PATH = 1, os.O_CLOEXEC, 4


def _checked(result):
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result


def _call(number, *arguments):
    return _checked(_libc.syscall(ctypes.c_long(number), *arguments))


def mount(source, target, options, filesystem="ceph", flags=0):
    """mount(2) as it is, without a helper that translates options."""
    _checked(
        _libc.mount(source.encode(), os.fsencode(target), filesystem.encode(), ctypes.c_ulong(flags), options.encode())
    )


def umount(target, flags=0):
    _checked(_libc.umount2(os.fsencode(target), flags))


def add_ceph_key(description, key, keyring=PROCESS_KEYRING):
    """Gives the kernel a user's key, base64 as Ceph writes it; its serial number."""
    payload = base64.b64decode(key)
    return _call(_ADD_KEY, b"ceph", description.encode(), payload, ctypes.c_size_t(len(payload)), ctypes.c_int(keyring))


def revoke_key(serial):
    _call(_KEYCTL, _KEYCTL_REVOKE, ctypes.c_int(serial))


def unlink_key(serial, keyring):
    _call(_KEYCTL, _KEYCTL_UNLINK, ctypes.c_int(serial), ctypes.c_int(keyring))


def fsopen(filesystem):
    """A descriptor when the kernel knows the file system or can load it."""
    return _call(_FSOPEN, filesystem.encode(), 0)


def open_tree_clone(path):
    """A descriptor of a copy of the mount at `path`, attached nowhere."""
    return _call(
        _OPEN_TREE, AT_FDCWD, os.fsencode(path), ctypes.c_uint(_OPEN_TREE_CLONE | _OPEN_TREE_CLOEXEC)
    )


def move_mount(descriptor, target):
    """Attaches what `descriptor` holds."""
    _call(_MOVE_MOUNT, descriptor, b"", AT_FDCWD, os.fsencode(target), ctypes.c_uint(_MOVE_MOUNT_F_EMPTY_PATH))


def syncfs(descriptor):
    _checked(_libc.syncfs(descriptor))
