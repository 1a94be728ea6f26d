"""Several active metadata servers, and one that follows each journal to take over: a cluster of its own."""

import os
import signal
import subprocess
import sys

import pytest
import test_publishing
from test_publishing import FENCED, authenticates, node_id, published

from harness.devcluster import DevCluster
from harness.requests import MiB, Requests
from harness.streams import Orchestrator, Writer

# Until a server that follows the journal has taken over: the first answer after it, in seconds.
LONGEST_GAP = 30


@pytest.fixture(scope="module")
def cluster():
    """Two ranks, and a follower for each."""
    with DevCluster.own("ranks", "--mds", "4", "--ranks", "2", "--standby-replay") as own:
        yield own


@pytest.fixture(scope="module")
def requests(cluster):
    return Requests(cluster)


@pytest.fixture(scope="module")
def secrets(requests):
    return {**requests.admin, **requests.fencer}


def servers(cluster, state):
    """rank -> name of the metadata servers in a state."""
    return {one["rank"]: one["name"] for one in cluster.metadata_map()["info"].values() if one["state"] == state}


def ranks_with_sessions(cluster, user):
    """The ranks at which a user has sessions."""
    return {
        rank
        for rank, name in servers(cluster, "up:active").items()
        for one in cluster.mds_command(name, "session ls")
        if one["client_metadata"].get("entity_id") == user
    }


def staged(client, requests, cluster, name, node, paths, secrets, rank):
    """A volume at a rank, mounted by this node with a user of its own; the user."""
    request = requests.create(name, size=64 * MiB, parameters=FENCED)
    request.mutable_parameters["pin"] = str(rank)
    volume = client.must("CreateVolume", request).volume
    context = published(client, requests, volume, node, secrets=secrets)
    client.must("NodeStageVolume", requests.stage(volume, paths.staging, context=context))
    [user] = cluster.users_of(volume)
    return volume, user


def released(client, requests, volume, node, paths, secrets):
    client.must("NodeUnstageVolume", requests.unstage(volume, paths.staging))
    client.must("ControllerUnpublishVolume", requests.controller_unpublish(volume, node, secrets=secrets))
    client.must("DeleteVolume", requests.delete(volume.volume_id))


def test_a_fence_ends_the_sessions_at_every_rank(client, requests, cluster, name, node_paths, secrets):
    node = node_id(client)
    volume, user = staged(client, requests, cluster, name, node, node_paths, secrets, rank=1)
    writer = subprocess.Popen(
        [sys.executable, "-c", test_publishing.TestFence.WRITER, str(node_paths.staging / "file")],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert writer.stdout.readline() == "written\n"
    key = cluster.key_of(user)
    assert ranks_with_sessions(cluster, user) == {0, 1}, "this shows nothing with sessions at one rank alone"
    client.must("ControllerUnpublishVolume", requests.controller_unpublish(volume, node, secrets=secrets))
    assert ranks_with_sessions(cluster, user) == set()
    writer.communicate(timeout=15)
    assert writer.returncode != 0
    assert not authenticates(cluster, user, key)
    client.must("NodeUnstageVolume", requests.unstage(volume, node_paths.staging))
    client.must("DeleteVolume", requests.delete(volume.volume_id))


@pytest.mark.parametrize("rank", [0, 1])
def test_a_follower_takes_over_and_nothing_is_lost(client, requests, cluster, name, node_paths, secrets, rank):
    node = node_id(client)
    volume, _ = staged(client, requests, cluster, name, node, node_paths, secrets, rank=1)
    followers = servers(cluster, "up:standby-replay")
    assert set(followers) == {0, 1}
    with Writer(node_paths.staging) as writer, Orchestrator(client, requests, name) as orchestrator:
        writer.wait_for_more()
        orchestrator.wait_for_more()
        fail(cluster, servers(cluster, "up:active")[rank])
        cluster.wait_until(lambda: servers(cluster, "up:active").get(rank) == followers[rank], 60, "the follower is active")
        writer.wait_for_more(patience=LONGEST_GAP)
        orchestrator.wait_for_more(patience=LONGEST_GAP)
    assert writer.failed == []
    writer.check()
    for one in (*writer.disturbed, *orchestrator.disturbed):
        assert one.ended - one.began < LONGEST_GAP, one
    # The one that died comes back and follows, for the next test.
    cluster.up()
    cluster.wait_until(lambda: len(servers(cluster, "up:standby-replay")) == 2, 60, "both ranks have a follower")
    released(client, requests, volume, node, node_paths, secrets)


def fail(cluster, server):
    """kill -9, and what the monitors do by themselves once its beacons have stayed away."""
    letter = "" if server == "a" else f"_{server.upper()}"
    os.kill(int(cluster[f"MDS{letter}_PID"]), signal.SIGKILL)
    cluster.ceph("mds", "fail", server)
