"""Group snapshots of frozen volumes, on a cluster that can freeze them (Ceph 19 and later)."""

import contextlib
import os
import signal
import time

import pytest
from test_group_snapshots import Group
from test_snapshots import mounted  # noqa: F401  (a fixture)

from harness.background import Background

CREATE = "/csi.v1.GroupController/CreateVolumeGroupSnapshot"
# No writer may be held up for longer: taking the snapshots is a matter of a second, and what freezes is let go of.
LONGEST_STALL = 8


@pytest.fixture
def group(client, requests, name):
    return FrozenGroup(client, requests, name)


@pytest.fixture(autouse=True)
def cluster_that_freezes(cluster):
    if cluster.release < 19:
        pytest.skip("Ceph 16 and 18 have no quiesce database: that they refuse is tested in test_group_snapshots.py")


class FrozenGroup(Group):
    """As Group, with what freezing takes: no parameter, and the fencer in the secret."""

    def create(self, volumes, parameters=None, name=None):
        request = super().create(volumes, parameters or {}, name)
        for key, value in self.requests.fencer.items():
            request.secrets[key] = value
        return request

    def delete(self, snapshot, members=None):
        request = super().delete(snapshot, members)
        for key, value in self.requests.fencer.items():
            request.secrets[key] = value
        return request


class Chain(Background):
    """Writes a number to one volume after the other, each through a client of its own, and waits until it is written:
    so at no moment does a later volume hold more than an earlier one, or the first more than one more than the last."""

    def __init__(self, targets):
        super().__init__()
        self.files = [os.open(target / "number", os.O_CREAT | os.O_RDWR, 0o644) for target in targets]
        self.number = 0
        self.longest = 0.0
        self._since = time.monotonic()

    def work(self):
        while not self.stopping.is_set():
            self.number += 1
            for file in self.files:
                self._since = time.monotonic()
                os.pwrite(file, f"{self.number:12}".encode(), 0)
                os.fsync(file)
                self.longest = max(self.longest, time.monotonic() - self._since)

    def __exit__(self, *_):
        super().__exit__()
        for file in self.files:
            os.close(file)

    def wait_for_more(self, patience=LONGEST_STALL):
        """Waits until all volumes are written to again; how long that took."""
        began = time.monotonic()
        goal = self.number + 2
        while self.number < goal:
            assert time.monotonic() - began < patience, f"nothing was written for {patience} s"
            time.sleep(0.01)
        return time.monotonic() - began


def numbers(snapshot, volumes, targets):
    """What each volume held, by the snapshots' own directories."""
    found = []
    for volume, target in zip(volumes, targets):
        member = next(one for one in snapshot.snapshots if one.source_volume_id == volume.volume_id)
        name = member.snapshot_id.split(":")[-1]
        [directory] = [one for one in os.listdir(target / ".snap") if one.startswith(f"_{name}_")]
        found.append(int((target / ".snap" / directory / "number").read_text()))
    return found


def expect_one_moment(found):
    assert found == sorted(found, reverse=True) and found[0] - found[-1] <= 1, f"of several moments: {found}"


def sets(cluster):
    """The states of all quiesce sets that are not over."""
    leader = cluster.metadata_map()["qdb_leader"]
    dump = cluster.mds_command(f"{leader}", "quiesce db", all=True)
    states = {name: one["state"]["name"] for name, one in dump.get("sets", {}).items()}
    over = ("RELEASED", "CANCELED", "EXPIRED", "FAILED", "TIMEDOUT")
    return {name: state for name, state in states.items() if state not in over}


class TestOneMoment:
    def test_members_that_several_clients_write_are_of_one_moment(
        self, client, group, cluster, node_paths, mounted  # noqa: F811
    ):
        volumes = group.volumes("a", "b", "c", "d")
        ranks = len(cluster.metadata_map()["up"])
        for number, volume in enumerate(volumes):
            rank = str(number % ranks)
            client.must("ControllerModifyVolume", group.requests.modify(volume, pin=rank))
        targets = [mounted(volume, node_paths, number) for number, volume in enumerate(volumes, 1)]
        with Chain(targets) as chain:
            for number in range(8):
                chain.wait_for_more()
                request = group.create(volumes, name=f"g{number}-{group.name}")
                snapshot = client.must("CreateVolumeGroupSnapshot", request).group_snapshot
                expect_one_moment(numbers(snapshot, volumes, targets))
                assert sets(cluster) == {}
                chain.wait_for_more()
                client.must("DeleteVolumeGroupSnapshot", group.delete(snapshot))
        assert chain.longest < LONGEST_STALL

    def test_a_client_that_does_not_give_way_is_reported_and_holds_up_nobody(
        self, client, group, cluster, node_paths, mounted  # noqa: F811
    ):
        volumes = group.volumes("a", "b")
        before = set(node_paths.clients())
        held = mounted(volumes[0], node_paths, 1)
        [stubborn] = set(node_paths.clients()) - before
        other = mounted(volumes[1], node_paths, 2)
        # What it holds to write with it can't give back while it is stopped.
        file = os.open(held / "held", os.O_CREAT | os.O_RDWR, 0o644)
        os.pwrite(file, b"x" * 4096, 0)
        with Chain([other]) as chain:
            os.kill(stubborn, signal.SIGSTOP)
            try:
                reply = client.call("CreateVolumeGroupSnapshot", group.create(volumes), timeout=60)
                assert reply.code == "UNAVAILABLE" and "frozen" in reply.message, reply
                assert sets(cluster) == {}
                chain.wait_for_more()
            finally:
                os.kill(stubborn, signal.SIGCONT)
            os.close(file)
            reply = client.call_until_settled("CreateVolumeGroupSnapshot", group.create(volumes))
            assert reply.ok, reply
            client.must("DeleteVolumeGroupSnapshot", group.delete(reply.response.group_snapshot))


class TestFaults:
    def test_a_plugin_that_dies_in_between_leaves_no_volume_frozen(
        self, plugin, client, group, cluster, node_paths, mounted  # noqa: F811
    ):
        """kill -9 at different moments. The next life is asked for the same, and lets go of what the last one froze."""
        volumes = group.volumes("a", "b", "c")
        targets = [mounted(volume, node_paths, number) for number, volume in enumerate(volumes, 1)]
        frozen = 0
        with Chain(targets) as chain:
            for number in range(10):
                chain.wait_for_more()
                request = group.create(volumes, name=f"g{number}-{group.name}")
                pending = plugin.client.channel.unary_unary(CREATE).future(request.SerializeToString(), timeout=60)
                deadline = time.monotonic() + 5
                # Half of the time as soon as the cluster says that it freezes, half of the time a bit later.
                while not (active := sets(cluster)) and time.monotonic() < deadline and not pending.done():
                    pass
                time.sleep(0.03 * (number % 2))
                plugin.kill()
                pending.cancel()
                frozen += bool(active)
                plugin.start()
                reply = plugin.client.call_until_settled("CreateVolumeGroupSnapshot", request)
                assert reply.ok, reply
                assert sets(cluster) == {}
                chain.wait_for_more()
                snapshot = reply.response.group_snapshot
                expect_one_moment(numbers(snapshot, volumes, targets))
                plugin.client.must("DeleteVolumeGroupSnapshot", group.delete(snapshot))
        assert frozen >= 3, f"the plugin died {frozen} times while volumes were frozen: this proves little"
        assert chain.longest < LONGEST_STALL, f"a writer was held up for {chain.longest:.1f} s"

    def test_the_metadata_server_that_keeps_the_database_may_die(
        self, client, group, cluster, node_paths, mounted  # noqa: F811
    ):
        volumes = group.volumes("a", "b")
        targets = [mounted(volume, node_paths, number) for number, volume in enumerate(volumes, 1)]
        with Chain(targets) as chain:
            chain.wait_for_more()
            request = group.create(volumes)
            pending = client.channel.unary_unary(CREATE).future(request.SerializeToString(), timeout=120)
            deadline = time.monotonic() + 5
            while not sets(cluster) and time.monotonic() < deadline and not pending.done():
                pass
            with cluster.stopped("mds"), contextlib.suppress(Exception):
                pending.result()
            reply = client.call_until_settled("CreateVolumeGroupSnapshot", request)
            assert reply.ok, reply
            snapshot = reply.response.group_snapshot
            expect_one_moment(numbers(snapshot, volumes, targets))
            assert sets(cluster) == {}
            chain.wait_for_more(60)
            client.must("DeleteVolumeGroupSnapshot", group.delete(snapshot))


def test_a_set_that_holds_volumes_is_seen_here(cluster, admin):
    """What the other tests find empty is not empty when it should not be."""
    leader = str(cluster.metadata_map()["qdb_leader"])
    directory = "/frozen-by-hand"
    admin.make_directory(directory)
    try:
        spans = {"timeout": 10.0, "expiration": 20.0, "await_for": 12.0}
        cluster.mds_command(leader, "quiesce db", set_id="by-hand", roots=[f"file:{directory}"], **spans)
        assert sets(cluster) == {"by-hand": "QUIESCED"}
        cluster.mds_command(leader, "quiesce db", set_id="by-hand", cancel=True)
        assert sets(cluster) == {}
    finally:
        admin.remove_tree(directory)
