"""Mounting as a given user, as somebody would who has got hold of a key: with ceph-fuse, libcephfs or librados."""

import contextlib
import json
import os
import pathlib
import re
import subprocess
import time

import cephfs
import rados

from . import kernel
from .mounts import is_mounted, unmount


def connection_options(cluster, key):
    return {"mon_host": cluster["MON_HOST"], "key": key, "keyring": "/dev/null", "client_mount_timeout": "10"}


class FuseClient:
    """ceph-fuse; its refusals are in its output, with the errno."""

    name = "fuse"

    def __init__(self, cluster, scratch):
        self.cluster = cluster
        self.scratch = scratch

    @contextlib.contextmanager
    def mounted(self, user, key, path):
        """The mount point; OSError when Ceph refuses the mount."""
        point = pathlib.Path(self.scratch) / f"fuse-{time.monotonic_ns()}"
        point.mkdir()
        secret = os.memfd_create("key")
        os.write(secret, key.encode())
        done = subprocess.run(
            ["ceph-fuse", str(point), f"--id={user}", f"--mon_host={self.cluster['MON_HOST']}", "--conf=/dev/null",
             f"--keyfile=/proc/{os.getpid()}/fd/{secret}", "--keyring=/dev/null", f"--client_fs={self.cluster['FS']}",
             f"--client_mountpoint={path}", "--client_mount_timeout=20", "--log_file=", "--admin_socket=",
             "--no-mon-config"],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60,
        )  # fmt: skip
        os.close(secret)
        if not is_mounted(point):
            found = re.search(r"failed with \((\d+)\)", done.stdout + done.stderr)
            assert found, f"ceph-fuse says no errno: {done.stdout}{done.stderr}"
            raise OSError(int(found[1]), f"ceph-fuse refuses {path} to {user}")
        try:
            yield point
        finally:
            unmount(point)


class KernelClient:
    """The kernel's own client, by mount(2), where the kernel has one."""

    name = "kernel"

    def __init__(self, cluster, scratch):
        self.cluster = cluster
        self.scratch = pathlib.Path(scratch)

    @contextlib.contextmanager
    def mounted(self, user, key, path):
        """The mount point; OSError when Ceph refuses the mount."""
        point = self.scratch / f"kernel-{time.monotonic_ns()}"
        point.mkdir()
        serial = kernel.add_ceph_key(f"client.{user}", key, kernel.THREAD_KEYRING)
        v2 = re.search(r"v2:([0-9.:]+)", self.cluster["MON_HOST"])[1]
        try:
            kernel.mount(
                f"{user}@{self.cluster['FSID']}.{self.cluster['FS']}={path}", point,
                f"mon_addr={v2},ms_mode=prefer-crc,noshare,key=client.{user},mount_timeout=20",
            )  # fmt: skip
        finally:
            kernel.unlink_key(serial, kernel.THREAD_KEYRING)
        try:
            yield point
        finally:
            kernel.umount(point)


def monitor_command(cluster, user, key, prefix, arguments):
    """0, or the errno with which the monitors refuse a user's command."""
    handle = rados.Rados(rados_id=user, conf={**connection_options(cluster, key), "rados_mon_op_timeout": "10"})
    handle.connect(timeout=10)
    try:
        code, _, _ = handle.mon_command(json.dumps({"prefix": prefix, "format": "json", **arguments}), b"", timeout=10)
        return -code
    finally:
        handle.shutdown()


@contextlib.contextmanager
def pool_as(cluster, user, key, pool, namespace=""):
    """An I/O context of a user."""
    handle = rados.Rados(rados_id=user, conf={**connection_options(cluster, key), "rados_osd_op_timeout": "10"})
    handle.connect(timeout=10)
    try:
        with handle.open_ioctx(pool) as context:
            context.set_namespace(namespace)
            yield context
    finally:
        handle.shutdown()


def error_of(action):
    """The errno of what an action raises; 0 when it succeeds."""
    try:
        action()
        return 0
    except (OSError, cephfs.Error, rados.Error) as error:
        return getattr(error, "errno", None) or error.args[0]
