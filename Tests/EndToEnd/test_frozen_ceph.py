"""Ceph stops answering: every call ends by its deadline, the plugin stays answerable, and nothing is leaked."""

import contextlib
import socket
import threading
import time

import pytest

from harness.client import Client
from harness.mounts import is_mounted, mounts
from harness.requests import capability
from harness.stubs import csi

DEADLINE = 3.0
GRACE = 0.5
LATE = ("DEADLINE_EXCEEDED", "UNAVAILABLE")


def calls_with_server_deadline(client, calls, seconds=DEADLINE):
    """Sends every (method, request) at once with a deadline that only the server knows; the replies by label."""
    replies = {}

    def run(label, method, request):
        replies[label] = client.call_with_server_deadline(method, request, seconds, patience=10)

    threads = [threading.Thread(target=run, args=(label, *call)) for label, call in calls.items()]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return replies


def assert_late_by_the_plugin_s_own_account(plugin, since, count):
    """The calls that ended late did so in the plugin too; its transport alone would answer the client just as well."""
    # The log's lines are written behind the answers.
    deadline = time.monotonic() + 2
    while len(late := [one for one in plugin.ended_calls()[since:] if one[1] in LATE]) < count:
        if time.monotonic() > deadline:
            break
        time.sleep(0.05)
    assert len(late) == count, late
    assert max(seconds for _, _, seconds in late) <= DEADLINE + GRACE, late


def probe_is_quick(client, codes=("OK",)):
    reply = client.call("Probe", timeout=5)
    assert reply.seconds < 1.0, reply
    assert reply.code in codes, reply


@pytest.fixture
def staged(client, requests, name, node_paths):
    """A volume that is staged and published, and two others that are not."""
    volume, other, third = [
        client.must("CreateVolume", requests.create(f"{name}-{one}")).volume for one in ("staged", "other", "third")
    ]
    client.must("NodeStageVolume", requests.stage(volume, node_paths.staging))
    client.must("NodePublishVolume", requests.publish(volume, node_paths.staging, node_paths.target(1)))
    return volume, other, third


class TestFrozenMDS:
    def test_each_call_ends_by_its_deadline_and_succeeds_afterwards(
        self, client, plugin, cluster, requests, volumes, staged, name, node_paths
    ):
        volume, doomed, other = staged
        before = set(volumes.volumes())
        second = node_paths.base / "second"
        second.mkdir()
        # Not the publishes: a bind mount of what is mounted asks no MDS, and may well succeed.
        calls = {
            "create a new volume": ("CreateVolume", requests.create(f"{name}-new")),
            "create one that exists": ("CreateVolume", requests.create(f"{name}-staged")),
            "delete": ("DeleteVolume", requests.delete(doomed.volume_id)),
            "validate": ("ValidateVolumeCapabilities", requests.validate(volume)),
            "stage": ("NodeStageVolume", requests.stage(other, second)),
        }
        since = len(plugin.ended_calls())
        with cluster.frozen("mds"):
            replies = calls_with_server_deadline(client, calls)
            probe_is_quick(client)
            assert_late_by_the_plugin_s_own_account(plugin, since, len(calls))
        for label, reply in replies.items():
            assert reply.code in LATE, f"{label}: {reply}"
            assert reply.seconds <= DEADLINE + GRACE, f"{label}: {reply}"

        for label, (method, request) in calls.items():
            reply = client.call_until_settled(method, request, patience=40)
            assert reply.ok, f"{label}: {reply}"
        assert len(mounts(second)) == 1
        client.must("NodeUnstageVolume", requests.unstage(other, second))
        made = client.must("CreateVolume", requests.create(f"{name}-new")).volume
        client.must("DeleteVolume", requests.delete(made.volume_id))
        client.must("NodeUnpublishVolume", requests.unpublish(volume, node_paths.target(1)))
        client.must("NodeUnstageVolume", requests.unstage(volume, node_paths.staging))
        for one in (volume, other):
            client.must("DeleteVolume", requests.delete(one.volume_id))
        assert set(volumes.volumes()) == before - {one.volume_id.split(":")[-1] for one in staged}
        cluster.wait_until(lambda: volumes.staging() == [], 20, "staging is empty")

    def test_node_calls_on_a_frozen_mount_end_by_their_deadline(
        self, client, cluster, requests, staged, node_paths
    ):
        volume = staged[0]
        calls = {
            "stats": ("NodeGetVolumeStats", requests.stats(volume, node_paths.target(1), node_paths.staging)),
            "publish": (
                "NodePublishVolume", requests.publish(volume, node_paths.staging, node_paths.target(2))),
            "stage again": ("NodeStageVolume", requests.stage(volume, node_paths.staging)),
        }  # fmt: skip
        with cluster.frozen("mds"):
            time.sleep(2)  # Attributes that the client has cached stay valid for a second.
            replies = calls_with_server_deadline(client, calls)
            probe_is_quick(client)
        for label, reply in replies.items():
            # What needs no MDS may succeed, but nothing may hang or fail otherwise.
            assert reply.code in (*LATE, "OK"), f"{label}: {reply}"
            assert reply.seconds <= DEADLINE + GRACE, f"{label}: {reply}"
        for method, request in calls.values():
            assert client.call_until_settled(method, request, patience=40).ok
        for number in (1, 2):
            client.must("NodeUnpublishVolume", requests.unpublish(volume, node_paths.target(number)))
        client.must("NodeUnstageVolume", requests.unstage(volume, node_paths.staging))
        assert mounts(node_paths.base) == []
        for one in staged:
            client.must("DeleteVolume", requests.delete(one.volume_id))

    def test_a_crowd_of_stuck_calls_leaves_the_plugin_bounded_and_well(
        self, client, plugin, cluster, requests, volumes, name
    ):
        client.must("DeleteVolume", requests.delete(
            client.must("CreateVolume", requests.create(f"{name}-warm")).volume.volume_id))  # fmt: skip
        before = set(volumes.volumes())
        calls = {number: ("CreateVolume", requests.create(f"{name}-{number}")) for number in range(64)}
        since = len(plugin.ended_calls())
        with cluster.frozen("mds"):
            replies = calls_with_server_deadline(client, calls)
            probe_is_quick(client, codes=("OK", "FAILED_PRECONDITION"))
            assert_late_by_the_plugin_s_own_account(plugin, since, len(calls))
            assert plugin.threads() < 150
        assert {reply.code for reply in replies.values()} <= set(LATE)
        assert max(reply.seconds for reply in replies.values()) <= DEADLINE + GRACE
        made = []
        for method, request in calls.values():
            reply = client.call_until_settled(method, request, patience=40)
            assert reply.ok, reply
            made.append(reply.response.volume)
        probe_is_quick(client)
        visible = set(volumes.volumes()) - before
        assert visible == {volume.volume_id.split(":")[-1] for volume in made}
        for volume in made:
            client.must("DeleteVolume", requests.delete(volume.volume_id))
        assert set(volumes.volumes()) == before
        cluster.wait_until(lambda: volumes.staging() == [], 20, "staging is empty")

    def test_a_call_that_its_client_gave_up_is_undone_or_completed(self, client, cluster, requests, volumes, name):
        """A volume that nobody was told of is whole or absent, never in between."""
        with cluster.frozen("mds"):
            assert client.call("CreateVolume", requests.create(name), timeout=1.0).code == "DEADLINE_EXCEEDED"
        cluster.wait_until(lambda: volumes.staging() == [], 20, "staging is empty")
        volume = client.call_until_settled("CreateVolume", requests.create(name)).response.volume
        directory = volume.volume_id.split(":")[-1]
        assert volumes.flaw(directory) is None
        client.must("DeleteVolume", requests.delete(volume.volume_id))


class TestSilentCluster:
    """A cluster that takes connections and says nothing holds up nobody but its own callers."""

    @pytest.fixture
    def both(self, plugins, cluster, scratch):
        """A plugin that knows the healthy cluster and a silent one."""
        with socket.socket() as hole:
            hole.bind(("127.0.0.1", 0))
            hole.listen(512)
            config = scratch / "both.yaml"
            config.write_text(
                open(cluster["CONFIG"]).read().rstrip("\n")
                + f'\n  - id: dead\n    monitors: ["127.0.0.1:{hole.getsockname()[1]}"]\n    mounter: fuse\n'
                + "    userPrefix: dead-volume\n"
            )
            yield plugins(config=config).start()

    def test_the_node_serves_the_healthy_one(self, both, requests, name, node_paths):
        client = both.client
        volume = client.must("CreateVolume", requests.create(name)).volume
        stages = []
        for number in range(40):
            staging = node_paths.base / f"dead-{number}"
            staging.mkdir()
            request = csi.NodeStageVolumeRequest(
                volume_id=f"x{number}", staging_target_path=str(staging), volume_capability=capability(),
                volume_context={"static": "true", "cluster": "dead", "path": "/volumes/csi"}, secrets=requests.user,
            )  # fmt: skip
            call = client.channel.unary_unary("/csi.v1.Node/NodeStageVolume")
            stages.append(call.future(request.SerializeToString(), timeout=60))
        time.sleep(2)
        reply = client.call("NodeStageVolume", requests.stage(volume, node_paths.staging), timeout=30)
        assert reply.ok and reply.seconds < 10, reply
        reply = client.call("NodeUnstageVolume", requests.unstage(volume, node_paths.staging), timeout=30)
        assert reply.ok and reply.seconds < 10, reply
        probe_is_quick(client)
        for call in stages:
            call.exception()
        client.must("DeleteVolume", requests.delete(volume.volume_id))

    def test_the_controller_serves_the_healthy_one_and_probe_answers(self, both, requests, name):
        client = both.client
        volume = client.must("CreateVolume", requests.create(name)).volume
        call = client.channel.unary_unary("/csi.v1.Controller/CreateVolume")
        waiting = [
            call.future(
                requests.create(f"{name}-{number}", parameters={"cluster": "dead"}).SerializeToString(), timeout=40
            )
            for number in range(500)
        ]
        time.sleep(1)
        with contextlib.closing(Client(both.socket)) as other:
            probe_is_quick(other)
            reply = other.call("CreateVolume", requests.create(name), timeout=10)
            assert reply.ok and reply.seconds < 3, reply
            assert both.threads() < 200
        for one in waiting:
            one.exception()
        client.must("DeleteVolume", requests.delete(volume.volume_id))


class TestFrozenMonitor:
    def test_a_first_call_ends_by_its_deadline_and_succeeds_afterwards(
        self, plugins, cluster, requests, volumes, name, node_paths
    ):
        """A plugin that has no connection yet needs the monitor for everything."""
        helper = plugins().start().client
        volume = helper.must("CreateVolume", requests.create(f"{name}-there")).volume
        client = plugins().start().client
        calls = {
            "create": ("CreateVolume", requests.create(f"{name}-new")),
            "validate": ("ValidateVolumeCapabilities", requests.validate(volume)),
            "stage": ("NodeStageVolume", requests.stage(volume, node_paths.staging)),
        }
        with cluster.frozen("mon"):
            replies = calls_with_server_deadline(client, calls)
            probe_is_quick(client)
        for label, reply in replies.items():
            assert reply.code in LATE, f"{label}: {reply}"
            assert reply.seconds <= DEADLINE + GRACE, f"{label}: {reply}"
        for label, (method, request) in calls.items():
            reply = client.call_until_settled(method, request, patience=60)
            assert reply.ok, f"{label}: {reply}"
        assert len(mounts(node_paths.staging)) == 1
        assert len(node_paths.clients()) == 1
        client.must("NodeUnstageVolume", requests.unstage(volume, node_paths.staging))
        for one in ("there", "new"):
            made = client.must("CreateVolume", requests.create(f"{name}-{one}")).volume
            client.must("DeleteVolume", requests.delete(made.volume_id))
        assert volumes.staging() == []


class TestFrozenOSD:
    def test_calls_end_by_their_deadline(self, client, cluster, requests, volumes, name):
        volume = client.must("CreateVolume", requests.create(f"{name}-there")).volume
        calls = {"create": ("CreateVolume", requests.create(name)), "delete": (
            "DeleteVolume", requests.delete(volume.volume_id))}  # fmt: skip
        with cluster.frozen("osd"):
            replies = calls_with_server_deadline(client, calls)
            probe_is_quick(client)
        for label, reply in replies.items():
            # What the MDS can answer before its journal is written may succeed.
            assert reply.code in (*LATE, "OK"), f"{label}: {reply}"
            assert reply.seconds <= DEADLINE + GRACE, f"{label}: {reply}"
        for method, request in calls.values():
            assert client.call_until_settled(method, request, patience=40).ok
        made = client.must("CreateVolume", requests.create(name)).volume
        client.must("DeleteVolume", requests.delete(made.volume_id))
        cluster.wait_until(lambda: volumes.staging() == [], 20, "staging is empty")


class TestWithoutManager:
    def test_everything_works(self, client, cluster, requests, name, node_paths):
        with cluster.stopped("mgr"):
            volume = client.must("CreateVolume", requests.create(name)).volume
            target = node_paths.target()
            client.must("NodeStageVolume", requests.stage(volume, node_paths.staging))
            client.must("NodePublishVolume", requests.publish(volume, node_paths.staging, target))
            (target / "file").write_text("text")
            client.must("NodeGetVolumeStats", requests.stats(volume, target, node_paths.staging))
            client.must("NodeUnpublishVolume", requests.unpublish(volume, target))
            client.must("NodeUnstageVolume", requests.unstage(volume, node_paths.staging))
            assert not is_mounted(node_paths.staging)
            client.must("DeleteVolume", requests.delete(volume.volume_id))
