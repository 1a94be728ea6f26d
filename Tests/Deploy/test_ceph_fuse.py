"""The wrapper that takes ceph-fuse out of the pod's cgroup."""

import os
import subprocess
import time

import pytest

from support.tools import DEPLOY

WRAPPER = DEPLOY / "kubernetes/components/ceph-fuse-survives/ceph-fuse"
STUB = """#!/bin/sh
# In place of ceph-fuse: says who it is, what it was given, and what its descriptor 3 holds.
echo "$$ $* $(cat <&3)"
"""


@pytest.fixture
def stub(tmp_path):
    path = tmp_path / "stub"
    path.write_text(STUB)
    path.chmod(0o755)
    return path


def _environment(cgroups, program):
    """The wrapper's own settings: tests are no container, so the host's process is this one."""
    return {
        "PATH": os.environ["PATH"],
        "CEPHFS_CSI_CGROUPS": str(cgroups),
        "CEPHFS_CSI_CEPH_FUSE": str(program),
        "CEPHFS_CSI_HOST_PID": str(os.getpid()),
    }


def _run(stub, cgroups):
    """Starts the wrapper as the plugin does: with the key at descriptor 3."""
    key = os.memfd_create("key")
    os.write(key, b"the key")
    os.lseek(key, 0, os.SEEK_SET)
    process = subprocess.Popen(
        ["/bin/bash", "-c", f'exec "{WRAPPER}" "$@" 3<&{key}', "sh", "/mnt/a b", "-f"],
        pass_fds=[key],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=_environment(cgroups, stub),
    )
    output, errors = process.communicate(timeout=20)
    os.close(key)
    return process, output, errors


def test_it_moves_itself_and_becomes_ceph_fuse(stub, tmp_path):
    process, output, errors = _run(stub, tmp_path)
    # The same process: arguments and descriptor as they were given.
    assert (process.returncode, output, errors) == (0, f"{process.pid} /mnt/a b -f the key\n", "")
    assert (tmp_path / "cephfs-csi-fuse/cgroup.procs").read_text() == f"{process.pid}\n"


def test_it_mounts_all_the_same_where_it_can_not_move(stub, tmp_path):
    (tmp_path / "file").write_text("no hierarchy")
    process, output, errors = _run(stub, tmp_path / "file")
    assert (process.returncode, output) == (0, f"{process.pid} /mnt/a b -f the key\n")
    assert "stays in the pod's cgroup" in errors


def _unified():
    """Where the real cgroup v2 hierarchy is mounted."""
    for line in open("/proc/mounts"):
        _, path, kind, options, *_ = line.split()
        if kind == "cgroup2" and options.split(",")[0] == "rw":
            return path
    return None


def test_it_moves_in_the_kernels_own_hierarchy(tmp_path):
    """From a cgroup namespace of its own, as a container's: the process is then in no group of the pod's."""
    root = _unified()
    assert root, "this machine has no writable cgroup v2 hierarchy"
    sleeper = tmp_path / "sleeper"
    sleeper.write_text("#!/bin/sh\nexec sleep 60\n")
    sleeper.chmod(0o755)
    # Hosts mount the hierarchy with nsdelegate: there only who is in the host's namespace may move a process out of the
    # container's. This machine may not, so who moves it is asked as well.
    mover = tmp_path / "bin" / "mkdir"
    mover.parent.mkdir()
    mover.write_text(f'#!/bin/sh\nreadlink /proc/self/ns/cgroup >{tmp_path}/mover\nexec /bin/mkdir "$@"\n')
    mover.chmod(0o755)
    environment = _environment(root, sleeper)
    environment["PATH"] = f"{mover.parent}:{environment['PATH']}"
    process = subprocess.Popen(
        ["unshare", "--cgroup", "--mount", str(WRAPPER)], stderr=subprocess.PIPE, env=environment
    )
    try:
        deadline = time.monotonic() + 10
        group = ""
        while "cephfs-csi-fuse" not in group and time.monotonic() < deadline:
            time.sleep(0.05)
            lines = open(f"/proc/{process.pid}/cgroup").read().splitlines()
            [group] = [line for line in lines if line.startswith("0::")]
        assert group == "0::/cephfs-csi-fuse"
        ours = os.readlink("/proc/self/ns/cgroup")
        assert os.readlink(f"/proc/{process.pid}/ns/cgroup") != ours, "the container has no namespace of its own"
        assert (tmp_path / "mover").read_text().strip() == ours
    finally:
        process.kill()
        process.wait()
        if os.path.isdir(f"{root}/cephfs-csi-fuse"):
            os.rmdir(f"{root}/cephfs-csi-fuse")
