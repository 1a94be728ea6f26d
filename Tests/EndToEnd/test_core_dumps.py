"""A crash leaves no core dump: it would hold every key that is in memory."""

import os
import pathlib
import signal
import subprocess
import sys
import time

import pytest

UNLIMITED = "prlimit --core=unlimited:unlimited"


@pytest.fixture
def crash(monkeypatch, scratch):
    """Starts a plugin that may leave core dumps, as far as its limits go, and ends it by SIGSEGV in the middle of its work."""
    monkeypatch.setenv("CEPHFS_CSI_WRAPPER", UNLIMITED)
    # Where Swift is installed its own handler comes first, and lets a process live that was only sent the signal.
    monkeypatch.setenv("SWIFT_BACKTRACE", "enable=no")
    monkeypatch.chdir(scratch)

    def end(plugin):
        os.kill(plugin.pid, signal.SIGSEGV)
        _, status = os.waitpid(plugin.pid, 0)
        plugin.process.returncode = -signal.SIGSEGV
        assert os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGSEGV
        return os.WCOREDUMP(status), list(scratch.glob("core*"))

    return end


def limit(pid):
    """The soft and the hard limit of a process's core dumps."""
    [line] = [
        line for line in pathlib.Path(f"/proc/{pid}/limits").read_text().splitlines()
        if line.startswith("Max core file size")
    ]  # fmt: skip
    return line.split()[4:6]


def test_this_machine_makes_core_dumps(scratch):
    """What the other tests rest on."""
    command = [*UNLIMITED.split(), sys.executable, "-c", "import os; os.kill(os.getpid(), 11)"]
    child = subprocess.Popen(command, cwd=scratch)
    _, status = os.waitpid(child.pid, 0)
    child.returncode = -signal.SIGSEGV
    assert os.WCOREDUMP(status)


@pytest.mark.parametrize("role", ["controller", "node", "all"])
def test_a_crash_of_the_plugin_leaves_none(plugins, crash, role, requests, name):
    plugin = plugins(role=role).start()
    if role != "node":
        volume = plugin.client.must("CreateVolume", requests.create(name)).volume
    assert limit(plugin.pid) == ["1", "unlimited"]
    was_dumped, files = crash(plugin)
    assert not was_dumped and not files
    if role != "node":
        # The next life ends the session of the one that crashed.
        plugin.start().client.must("DeleteVolume", requests.delete(volume.volume_id))


def test_a_crash_of_ceph_fuse_leaves_none(plugins, crash, requests, name, node_paths, scratch):
    client = plugins().start().client
    volume = client.must("CreateVolume", requests.create(name, parameters={"mounter": "fuse"})).volume
    client.must("NodeStageVolume", requests.stage(volume, node_paths.staging))
    [process] = node_paths.clients()
    assert limit(process) == ["1", "unlimited"]
    os.kill(process, signal.SIGSEGV)
    deadline = time.monotonic() + 20
    while os.path.exists(f"/proc/{process}/exe"):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    # The next one ends the session that it has left, which would hold others up: see test_killed_clients.py.
    client.must("NodeStageVolume", requests.stage(volume, node_paths.staging))
    client.must("NodeUnstageVolume", requests.unstage(volume, node_paths.staging))
    assert not [path for path in scratch.glob("**/core*") if path.is_file()]
    client.must("DeleteVolume", requests.delete(volume.volume_id))


def test_core_dumps_can_be_asked_for(plugins, crash):
    plugin = plugins(role="node", options=["--core-dumps"]).start()
    assert limit(plugin.pid) == ["unlimited", "unlimited"]
    was_dumped, _ = crash(plugin)
    assert was_dumped


def test_a_limit_of_the_process_holds_with_them(plugins, crash, monkeypatch):
    monkeypatch.setenv("CEPHFS_CSI_WRAPPER", "prlimit --core=0:0")
    for options in [["--core-dumps"], []]:
        plugin = plugins(role="node", options=options).start()
        assert limit(plugin.pid) == ["0", "0"]
        assert plugin.stop() == 0


def test_an_unprivileged_controller_still_sees_itself(plugins, cluster, monkeypatch, scratch):
    """An undumpable process's files in /proc are root's; what the plugin reads of itself it may read all the same."""
    page = scratch / "page.prom"
    scratch.chmod(0o777)
    monkeypatch.setenv("CEPHFS_CSI_WRAPPER", "setpriv --reuid=1000 --regid=1000 --clear-groups")
    config = scratch / "config.yaml"
    config.write_text(pathlib.Path(cluster["CONFIG"]).read_text())
    plugin = plugins(role="controller", config=config, options=["--metrics-file", str(page)])
    plugin.directory.mkdir(parents=True)
    plugin.directory.chmod(0o777)
    plugin.start()
    plugin.client.must("Probe")
    figures = dict(line.split() for line in page.read_text().splitlines() if line.startswith("process_"))
    assert float(figures["process_resident_memory_bytes"]) > 1 << 20 and float(figures["process_threads"]) > 1
