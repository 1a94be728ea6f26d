"""A copy made by the copier, compared with its source by rsync over ceph-fuse: nothing of the copier's own takes part.

What rsync can't see there is compared through libcephfs by `copy-tree compare`: names longer than a path may be.
"""

import os
import pathlib
import subprocess
import uuid

import pytest

from harness.copytree import CopyTree
from harness.mounts import end_fuse_clients, unmount_all
from harness.stubs import REPOSITORY

# The whole tree takes rsync minutes: it reads ten gigabytes of holes twice.
FILES = int(os.environ.get("COPY_FILES", "5000"))
SPARSE_BYTES = int(os.environ.get("COPY_SPARSE_BYTES", str(1 << 30)))
COPY_TREE = pathlib.Path(os.environ.get("COPY_TREE_BINARY", REPOSITORY / ".build" / "debug" / "copy-tree"))


@pytest.fixture(scope="module")
def copied(cluster):
    """The directory, below the mount's root, that holds the sample tree with a snapshot, and a copy of that."""
    if not COPY_TREE.exists():
        pytest.fail(f"{COPY_TREE} is missing: swift build --product copy-tree")
    copy_tree = CopyTree(cluster, COPY_TREE)
    base = f"/rsync-{uuid.uuid4().hex[:8]}"
    copy_tree("sample", f"{base}-source", FILES, SPARSE_BYTES)
    copy_tree("snapshot", f"{base}-source", "s")
    copy_tree("copy", f"{base}-source/.snap/s", f"{base}-copy", f"{base}-scratch")
    yield base
    copy_tree("remove-snapshot", f"{base}-source", "s")
    copy_tree("remove", f"{base}-source")
    copy_tree("remove", f"{base}-copy")


@pytest.fixture
def fuse(cluster, tmp_path):
    """Mounts the root as client.admin, POSIX ACLs included."""
    point = tmp_path / "fuse"
    point.mkdir()
    command = ["ceph-fuse", "-c", cluster["CONF"], "-n", "client.admin", "--client_fs", cluster["FS"], "-r", "/volumes"]
    command += ["--client_acl_type=posix_acl", "--fuse_default_permissions=0", str(point)]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    yield point
    unmount_all(tmp_path)
    end_fuse_clients({})


def rsync(source, copy):
    command = ["rsync", "-aHAXUn", "--checksum", "--itemize-changes", "--delete", "--exclude=/deeper than a path"]
    done = subprocess.run([*command, f"{source}/", f"{copy}/"], capture_output=True)
    assert done.returncode == 0, done.stderr.decode("utf-8", "replace")
    return done.stdout.decode("utf-8", "replace").splitlines()


def test_rsync_finds_no_difference(copied, fuse):
    source, copy = f"{fuse}{copied}-source/.snap/s", f"{fuse}{copied}-copy"
    assert sum(len(names) + len(files) for _, names, files in os.walk(copy)) >= FILES + 250
    assert rsync(source, copy) == []
    # And it would find one.
    os.setxattr(f"{copy}/d1/f1", "user.new", b"1")
    os.utime(f"{copy}/d2/f2", ns=(0, 1))
    changed = rsync(source, copy)
    assert len(changed) == 2 and any(line.endswith("d1/f1") for line in changed), changed
    os.removexattr(f"{copy}/d1/f1", "user.new")
    times = os.lstat(f"{source}/d2/f2")
    os.utime(f"{copy}/d2/f2", ns=(times.st_atime_ns, times.st_mtime_ns))


def test_libcephfs_finds_no_difference(copied, cluster):
    CopyTree(cluster, COPY_TREE)("compare", f"{copied}-source/.snap/s", f"{copied}-copy")
