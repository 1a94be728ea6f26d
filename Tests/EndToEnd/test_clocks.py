"""Replicas whose clocks differ: no decision depends on the time that another machine has written."""

import pathlib
import subprocess
import threading
import time

import pytest

import harness
from harness.requests import GiB
from harness.stubs import REPOSITORY

DAY = 86400
# Ahead, behind, and so far ahead that every retention is over.
SHIFTS = {"ahead": 2 * 3600, "behind": -2 * 3600, "days-ahead": 8 * DAY, "days-behind": -8 * DAY}
SWEPT = "left by an attempt that never finished"


@pytest.fixture(scope="session")
def library(tmp_path_factory):
    """What moves a process's time of day."""
    source = pathlib.Path(harness.__file__).parent / "clock_shift.c"
    built = tmp_path_factory.mktemp("clock") / "clock_shift.so"
    # The compiler is this machine's own, wherever the plugin runs.
    compiler = [REPOSITORY / "scripts" / "ceph-root", "run", "16", "--", "gcc"]
    subprocess.run([*compiler, "-Wall", "-Werror", "-shared", "-fPIC", "-o", str(built), str(source)], check=True)
    return built


@pytest.fixture
def replica(plugins, library):
    """replica("ahead", ...): another controller whose clock is off by that much."""

    def make(shift, **arguments):
        environment = {"LD_PRELOAD": str(library), "CLOCK_SHIFT": str(SHIFTS[shift])}
        return plugins(role="controller", environment=environment, **arguments)

    return make


def sweep(plugin, requests):
    """A life of a replica: its first request on a connection begins a round over staging and trash."""
    plugin.start()
    try:
        plugin.client.must("DeleteVolume", requests.delete("dev:cephfs:csi:none"))
        time.sleep(0.7)
    finally:
        plugin.end()


class Stream:
    """Creates, by several threads, until it is left."""

    def __init__(self, client, requests, name, threads=6):
        self.client, self.requests, self.name = client, requests, name
        self.made, self.errors, self.is_over = {}, [], False
        self.threads = [threading.Thread(target=self.create, args=(number,)) for number in range(threads)]

    def create(self, number):
        count = 0
        while not self.is_over:
            count += 1
            name = f"{self.name}-{number}-{count}"
            reply = self.client.call("CreateVolume", self.requests.create(name), timeout=30)
            if reply.ok:
                self.made[name] = reply.response.volume
            else:
                self.errors.append((reply.code, reply.message))

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.is_over = True
        for thread in self.threads:
            thread.join()


@pytest.mark.parametrize("shift", SHIFTS)
def test_a_volumes_life_under_a_wrong_clock(replica, requests, name, shift):
    client = replica(shift).start().client
    volume = client.must("CreateVolume", requests.create(name)).volume
    snapshot = client.must("CreateSnapshot", requests.snapshot(f"{name}-s", volume)).snapshot
    copy = client.call_until_settled("CreateVolume", requests.create(f"{name}-c", source=snapshot), patience=60)
    assert copy.ok, copy
    client.must("DeleteVolume", requests.delete(copy.response.volume.volume_id))
    client.must("DeleteSnapshot", requests.delete_snapshot(snapshot))
    client.must("DeleteVolume", requests.delete(volume.volume_id))


@pytest.mark.parametrize("shift", ["ahead", "days-behind"])
def test_creates_beside_a_sweeper_with_a_wrong_clock(plugins, replica, requests, volumes, name, shift):
    client = plugins(role="controller").start().client
    sweeper = replica(shift)
    with Stream(client, requests, name) as stream:
        for _ in range(6):
            sweep(sweeper, requests)
    assert stream.errors == []
    assert len(stream.made) > 20
    assert SWEPT not in sweeper.log()
    assert {made: flaw for made in stream.made if (flaw := volumes.flaw(made))} == {}
    for volume in stream.made.values():
        client.must("DeleteVolume", requests.delete(volume.volume_id))


def test_creates_under_wrong_clocks_beside_each_other(replica, requests, volumes, name):
    ahead, behind = replica("days-ahead").start(), replica("behind").start()
    sweeper = replica("ahead")
    with Stream(ahead.client, requests, f"{name}-a", 3) as one, Stream(behind.client, requests, f"{name}-b", 3) as other:
        for _ in range(4):
            sweep(sweeper, requests)
    assert one.errors + other.errors == []
    made = one.made | other.made
    assert {volume: flaw for volume in made if (flaw := volumes.flaw(volume))} == {}
    for volume in made.values():
        behind.client.must("DeleteVolume", requests.delete(volume.volume_id))


@pytest.mark.parametrize("shift", ["ahead", "behind"])
def test_a_copy_under_way_is_left_alone_by_a_replica_with_a_wrong_clock(
    plugins, replica, requests, admin, name, shift
):
    client = plugins(role="controller").start().client
    source = client.must("CreateVolume", requests.create(name, size=GiB)).volume
    path = source.volume_context["path"]
    for number in range(600):
        admin.write(f"{path}/f{number}", f"content {number}" * 50)
    replies = []

    def copy():
        request = requests.create(f"{name}-copy", size=GiB, source=source)
        replies.append(client.call_until_settled("CreateVolume", request, patience=150))

    copying = threading.Thread(target=copy)
    copying.start()
    sweeper = replica(shift)
    while copying.is_alive():
        sweep(sweeper, requests)
    copying.join()
    assert replies[0].ok, replies[0]
    assert SWEPT not in sweeper.log()
    target = replies[0].response.volume
    assert admin.names(target.volume_context["path"]) == admin.names(path)
    for volume in (target, source):
        client.must("DeleteVolume", requests.delete(volume.volume_id))


class TestRetention:
    @pytest.fixture
    def config(self, scratch, cluster):
        text = open(cluster["CONFIG"]).read()
        path = scratch / "retention.yaml"
        path.write_text(text.replace("  - id: dev\n", "  - id: dev\n    trashRetention: 7d\n", 1))
        return path

    def kept(self, volumes, name):
        return [entry for entry in volumes.trash() if entry.endswith(f".{name}")]

    @pytest.mark.parametrize("deleter, purger", [(None, "days-ahead"), ("days-behind", None), ("days-ahead", "behind")])
    def test_no_clock_shortens_it(self, plugins, replica, requests, volumes, admin, name, config, deleter, purger):
        def controller(shift):
            return replica(shift, config=config) if shift else plugins(role="controller", config=config)

        first = controller(deleter).start()
        volume = first.client.must("CreateVolume", requests.create(name)).volume
        first.client.must("DeleteVolume", requests.delete(volume.volume_id))
        [entry] = self.kept(volumes, name)
        first.end()
        for _ in range(2):
            sweep(controller(purger), requests)
        time.sleep(2)
        assert self.kept(volumes, name) == [entry]
        admin.remove_tree(f"{volumes.root}/_trash/{entry}")
