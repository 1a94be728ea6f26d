"""The limit of open files: raised at start, refused where it is too low, and enough where it is just accepted."""

import contextlib
import os
import pathlib
import resource
import socket
import time

import pytest

from harness.requests import MiB

PLENTY = "4096"
# What this machine allows at most.
HARD = min(resource.getrlimit(resource.RLIMIT_NOFILE)[1], 65536)


def limits(pid):
    """The soft and the hard limit of a process's open files."""
    [line] = [
        line for line in pathlib.Path(f"/proc/{pid}/limits").read_text().splitlines()
        if line.startswith("Max open files")
    ]  # fmt: skip
    return line.split()[3:5]


@pytest.fixture
def limited(monkeypatch, plugins):
    """Makes a plugin whose process starts with those limits."""

    def make(soft, hard, **options):
        monkeypatch.setenv("CEPHFS_CSI_WRAPPER", f"prlimit --nofile={soft}:{hard}")
        return plugins(**options)

    return make


@pytest.mark.parametrize(
    ("soft", "hard", "raised"),
    [(24, HARD, PLENTY), (1024, 4096, "4096"), (1024, 2048, "2048"), (HARD - 1, HARD, str(HARD - 1))],
)
def test_the_soft_limit_is_raised_as_far_as_is_sensible(limited, soft, hard, raised):
    plugin = limited(soft, hard, role="controller").start()
    assert limits(plugin.pid) == [raised, str(hard)]


@pytest.mark.parametrize(
    ("role", "needed"), [("controller", 1024), ("all", 1024), ("node", 512)]
)  # fmt: skip
@pytest.mark.parametrize("limit", [24, 40, 64, None])
def test_too_low_a_limit_is_refused_at_start(limited, role, needed, limit):
    limit = limit or needed - 1
    plugin = limited(limit, limit, role=role)
    plugin.launch()
    assert plugin.process.wait(20) == 1, plugin.log()
    [line] = plugin.log().strip().splitlines()
    for word in ("RLIMIT_NOFILE", f"is {limit} ", role, f"needs {needed}", "LimitNOFILE="):
        assert word in line
    assert not plugin.socket.exists()


def test_ceph_fuse_gets_it_too(limited, requests, name, node_paths):
    plugin = limited(256, HARD).start()
    client = plugin.client
    volume = client.must("CreateVolume", requests.create(name, parameters={"mounter": "fuse"})).volume
    client.must("NodeStageVolume", requests.stage(volume, node_paths.staging))
    [process] = node_paths.clients()
    assert limits(process) == [PLENTY, str(HARD)]
    client.must("NodeUnstageVolume", requests.unstage(volume, node_paths.staging))
    client.must("DeleteVolume", requests.delete(volume.volume_id))


@contextlib.contextmanager
def idle_connections(plugin, count):
    """That many connections that have said hello and nothing else."""
    peers = [socket.socket(socket.AF_UNIX) for _ in range(count)]
    try:
        for peer in peers:
            peer.connect(str(plugin.socket))
            peer.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes((0, 0, 0, 4, 0, 0, 0, 0, 0)))
        yield
    finally:
        for peer in peers:
            peer.close()


def open_files(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


@pytest.mark.parametrize(("role", "limit"), [("controller", 1024), ("node", 512)])
def test_the_lowest_limit_is_enough_with_every_connection_taken(limited, requests, blue, name, role, limit):
    """And leaves a controller room for as many users of Ceph as it connects at once: 16, and 8 that it tries."""
    plugin = limited(limit, limit, role=role).start()
    users = []
    for number, one in enumerate((requests, blue) if role == "controller" else ()):
        before = open_files(plugin.pid)
        volume = plugin.client.must("CreateVolume", one.create(f"{name}-{number}", size=4 * MiB)).volume
        plugin.client.must("DeleteVolume", one.delete(volume.volume_id))
        users.append(open_files(plugin.pid) - before)
    with idle_connections(plugin, 120):
        deadline = time.monotonic() + 20
        while open_files(plugin.pid) < 240:
            assert time.monotonic() < deadline, open_files(plugin.pid)
            time.sleep(0.1)
        used = open_files(plugin.pid)
        print(f"{role}: {used} of {limit}, for each user of Ceph {users}")
        assert plugin.client.call("Probe", timeout=10).ok
        assert used + 24 * max(users, default=0) < limit
    assert plugin.running
