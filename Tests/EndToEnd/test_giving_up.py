"""Stages that nobody waits for any more: other clients must not notice.

A ceph-fuse that dies while it starts leaves a session at the MDS, and whoever wants what it had capabilities for waits for
a minute.
"""

import concurrent.futures
import os
import random
import time

import pytest

from harness.background import Background
from harness.mounts import fuse_clients

# By each of the two ways.
ROUNDS = int(os.environ.get("CANCELLED_STAGES", "24"))
AT_ONCE = 4
# A session that is left would hold others up for a minute. Alone it was 0.2 s, with a busy machine more.
LONGEST_GAP = 3.0


class Neighbour(Background):
    """Another client at work in the same volume; the longest time that one of its calls took."""

    def __init__(self, admin, path):
        super().__init__()
        self.admin, self.path = admin, path
        self.longest, self.calls = 0.0, 0

    def work(self):
        while not self.stopping.is_set():
            start = time.monotonic()
            name = f"{self.path}/neighbour"
            self.admin.write(name, str(self.calls))
            self.admin.mount.unlink(name)
            self.longest = max(self.longest, time.monotonic() - start)
            self.calls += 1
            time.sleep(0.02)


@pytest.fixture
def volume(client, requests, name):
    made = client.must("CreateVolume", requests.create(name)).volume
    yield made
    client.must("DeleteVolume", requests.delete(made.volume_id))


def stage(plugin, requests, volume, staging, timeout):
    request = requests.stage(volume, staging).SerializeToString()
    return plugin.client.channel.unary_unary("/csi.v1.Node/NodeStageVolume").future(request, timeout=timeout)


def dead_sessions(cluster, user, known):
    """The sessions of a user's ceph-fuse processes that are no more."""
    return [
        (one["state"], one.get("num_caps"), one["client_metadata"].get("mount_point"))
        for one in cluster.sessions()
        if one["client_metadata"].get("entity_id") == user and one["id"] not in known
        and not os.path.exists(f"/proc/{one['client_metadata'].get('pid')}")
    ]  # fmt: skip


@pytest.mark.parametrize("end", ["cancelled", "deadline"])
def test_stages_that_are_given_up_leave_no_session(plugin, cluster, admin, requests, volume, node_paths, end, capsys):
    known = {one["id"] for one in cluster.sessions()}
    moments = random.Random(7)
    started = set()

    def give_up(staging, moment):
        staging.mkdir()
        call = stage(plugin, requests, volume, staging, timeout=moment if end == "deadline" else 30)
        time.sleep(moment)
        call.cancel()
        end_of_patience = time.monotonic() + 60
        while True:
            reply = plugin.client.call_until_settled("NodeUnstageVolume", requests.unstage(volume, staging), patience=60)
            # Whoever looks through every file below /tmp, as tests of other runs do, has the mount in use for a moment.
            if "is in use" not in reply.message or time.monotonic() > end_of_patience:
                break
        assert reply.ok, reply

    with Neighbour(admin, volume.volume_context["path"]) as neighbour:
        for number in range(0, ROUNDS, AT_ONCE):
            with concurrent.futures.ThreadPoolExecutor() as crowd:
                paths = [node_paths.base / f"stage{number + one}" for one in range(AT_ONCE)]
                done = [crowd.submit(give_up, path, moments.uniform(0.02, 0.4)) for path in paths]
                while not all(one.done() for one in done):
                    started |= set(node_paths.clients())
                    time.sleep(0.02)
            for one in done:
                one.result()
            assert not node_paths.clients(patience=10)
            assert dead_sessions(cluster, requests.user["userID"], known) == []
    with capsys.disabled():
        print(
            f"\n    {ROUNDS} stages given up ({end}), {len(started)} with a process; {neighbour.calls} calls beside, longest "
            f"{neighbour.longest:.2f} s"
        )
    assert len(started) > ROUNDS // 3, "most were given up before there was a process"
    assert neighbour.calls > ROUNDS
    assert neighbour.longest < LONGEST_GAP, f"another client stood still for {neighbour.longest:.1f} s"


def test_a_plugin_that_is_asked_to_stop_lets_a_mount_come_up_and_end(plugins, cluster, requests, volume, node_paths):
    known = {one["id"] for one in cluster.sessions()}
    plugin = plugins(role="node", options=["--grace-period", "0"]).start()
    call = stage(plugin, requests, volume, node_paths.staging, timeout=30)
    deadline = time.monotonic() + 10
    while not node_paths.clients() and time.monotonic() < deadline:
        time.sleep(0.002)
    assert node_paths.clients(), "no ceph-fuse was started"
    assert plugin.stop() == 0
    call.cancel()
    assert not node_paths.clients()
    assert dead_sessions(cluster, requests.user["userID"], known) == []
    assert [path for path in fuse_clients(cluster["MONITORS"]).values() if str(plugin.directory) in path] == []
