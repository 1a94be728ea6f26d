"""Ten writers while the node's plugin is killed with its container, and everything in the container's cgroup with it."""

import os
import pathlib
import threading
import time

import pytest
import yaml

from harness.container import Host, NodeContainer
from harness.kubelet import Calls, Kubelet
from harness.mounts import fuse_clients, unmount_all
from harness.plugin import Plugin

CGROUPS = pathlib.Path("/sys/fs/cgroup")


class Writers:
    """Threads that write, flush and read back a file each; what they wrote, and every error."""

    def __init__(self, directory, count=10):
        self.directory, self.errors, self.rounds = directory, [], [0] * count
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._work, args=(n,), daemon=True) for n in range(count)]

    def _work(self, number):
        path = self.directory / f"writer{number}"
        while not self._stop.is_set():
            try:
                text = f"{number} {self.rounds[number]}"
                with open(path, "w") as file:
                    file.write(text)
                    file.flush()
                    os.fsync(file.fileno())
                assert path.read_text() == text
                self.rounds[number] += 1
            except (OSError, AssertionError) as error:
                self.errors.append((number, self.rounds[number], repr(error)))
                return
            time.sleep(0.2)

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        for thread in self._threads:
            thread.join(60)

    def go_on(self, rounds=3, patience=120):
        """Waits until each has done so many more."""
        goal = [done + rounds for done in self.rounds]
        deadline = time.monotonic() + patience
        while any(done < wanted for done, wanted in zip(self.rounds, goal)):
            assert not self.errors, self.errors
            assert time.monotonic() < deadline, f"the writers stand still at {self.rounds}"
            time.sleep(0.1)


@pytest.mark.parametrize("mounter", ["fuse", "kernel"])
def test_ten_writers_see_no_error_while_the_plugin_is_killed_and_replaced(cluster, requests, tmp_path, mounter):
    entry = {"id": "dev", "monitors": [cluster["MONITORS"]], "filesystem": cluster["FS"], "mounter": mounter}
    config = tmp_path / "config.yaml"
    config.write_text(yaml.safe_dump({"clusters": [entry]}))
    host = Host(tmp_path / "kubelet")
    kubelet = Kubelet(host.directory)
    controller = Plugin(tmp_path / "controller", cluster["CONFIG_KERNEL"], role="controller").start()
    volume = controller.client.must("CreateVolume", requests.create(f"writers-{time.monotonic_ns()}")).volume
    calls = Calls(kubelet, requests, volume)
    lives = [NodeContainer(kubelet, config, cgroup=CGROUPS / f"pod-{mounter}-{number}") for number in range(3)]
    try:
        client = lives[0].start().client
        calls.stage(client)
        target = calls.publish(client, "pod1")
        with Writers(target) as writers:
            writers.go_on()
            for old, new in zip(lives, lives[1:]):
                old.kill()
                writers.go_on()
                # The writers leave an emulated machine little for anybody else.
                client = new.start(patience=90).client
                calls.stage(client)
                writers.go_on()
        assert not writers.errors, writers.errors
        if mounter == "fuse":
            [pid] = fuse_clients(cluster["MONITORS"])
            assert pathlib.Path(f"/proc/{pid}/cgroup").read_text() == "0::/\n"
        calls.unpublish(client, "pod1")
        calls.unstage(client)
        assert fuse_clients(cluster["MONITORS"]) == {}
        for old in lives[:2]:
            old.cgroup.rmdir()
    finally:
        for one in lives:
            one.end()
        unmount_all(kubelet.directory)
        host.end()
        controller.client.must("DeleteVolume", requests.delete(volume.volume_id))
        controller.end()
