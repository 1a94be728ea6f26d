"""Volumes that show a snapshot, over the socket, mounted with ceph-fuse by a user of their own."""

import errno
import os
import subprocess

import pytest
from test_snapshots import write

from harness.mounts import is_mounted, mounts
from harness.requests import GiB, MiB
from harness.stubs import csi

READ = "MULTI_NODE_READER_ONLY"
VIEW = {"backingSnapshot": "true", "credentials": "volume"}
OWN = {"credentials": "volume"}


@pytest.fixture
def pods(client, requests, node_paths):
    """Publishes volumes to this node and its pods as an orchestrator does, and takes all back at the end of the test."""
    made = Pods(client, requests, node_paths)
    yield made
    for volume in list(made.published):
        made.withdraw(volume)


class Pods:
    def __init__(self, client, requests, paths):
        self.client, self.requests, self.paths = client, requests, paths
        self.node = client.must("NodeGetInfo").node_id
        self.published = {}

    def publish(self, volume, mode="MULTI_NODE_MULTI_WRITER"):
        number = len(self.published) + 1
        staging = self.paths.staging.parent / f"globalmount-{number}-{volume.volume_id.rpartition(':')[2][:20]}"
        staging.mkdir()
        target = self.paths.target(number)
        request = self.requests.controller_publish(volume, self.node, mode=mode)
        context = dict(self.client.must("ControllerPublishVolume", request).publish_context)
        self.published[volume.volume_id] = (volume, staging, target)
        for _ in range(2):
            stage = self.requests.stage(volume, staging, mode=mode, context=context)
            self.client.must("NodeStageVolume", stage)
        for _ in range(2):
            publish = self.requests.publish(volume, staging, target, mode=mode, context=context)
            self.client.must("NodePublishVolume", publish)
        return target, context

    def withdraw(self, volume_id):
        volume, staging, target = self.published.pop(volume_id)
        for _ in range(2):
            self.client.must("NodeUnpublishVolume", self.requests.unpublish(volume, target))
            self.client.must("NodeUnstageVolume", self.requests.unstage(volume, staging))
        assert not is_mounted(staging)
        self.client.must("ControllerUnpublishVolume", self.requests.controller_unpublish(volume, self.node))


class TestBackedVolumes:
    @pytest.fixture
    def source(self, client, requests, name, pods):
        """A volume that has changed since its snapshot: (volume, snapshot, where it is mounted)."""
        volume = client.must("CreateVolume", requests.create(f"s-{name}", parameters=OWN)).volume
        target, _ = pods.publish(volume)
        (target / "inner").mkdir()
        write(target / "inner" / "letter", "as it was")
        snapshot = client.must("CreateSnapshot", requests.snapshot(f"snap-{name}", volume)).snapshot
        write(target / "inner" / "letter", "changed since")
        write(target / "later", "not in the snapshot")
        return volume, snapshot, target

    def test_shows_the_snapshot_and_nothing_can_be_written(self, client, requests, name, pods, source, cluster):
        volume, snapshot, target = source
        request = requests.create(name, size=GiB, mode=READ, parameters=VIEW, source=snapshot)
        view = client.must("CreateVolume", request).volume
        assert client.must("CreateVolume", request).volume == view
        assert view.capacity_bytes == GiB and view.content_source.snapshot.snapshot_id == snapshot.snapshot_id
        seen, _context = pods.publish(view, READ)
        assert (seen / "inner" / "letter").read_text() == "as it was"
        assert sorted(os.listdir(seen)) == ["inner"]
        assert (target / "inner" / "letter").read_text() == "changed since"
        for attempt in (
            lambda: (seen / "new").write_text("x"),
            lambda: (seen / "inner" / "letter").write_text("x"),
            lambda: (seen / "inner" / "letter").unlink(),
            lambda: (seen / "dir").mkdir(),
            lambda: os.chmod(seen / "inner" / "letter", 0o600),
        ):
            with pytest.raises(OSError) as caught:
                attempt()
            assert caught.value.errno == errno.EROFS
        stats = client.must("NodeGetVolumeStats", requests.stats(view, seen))
        assert not stats.volume_condition.abnormal, stats
        found = client.must("ControllerGetVolume", requests.get(view))
        assert found.volume.volume_context["backingSnapshot"] == "true" and len(found.status.published_node_ids) == 1
        listed = client.must("ListVolumes", csi.ListVolumesRequest()).entries
        assert view.volume_id in [entry.volume.volume_id for entry in listed]
        pods.withdraw(view.volume_id)
        client.must("DeleteVolume", requests.delete(view.volume_id))
        client.must("DeleteSnapshot", requests.delete_snapshot(snapshot))
        pods.withdraw(volume.volume_id)
        client.must("DeleteVolume", requests.delete(volume.volume_id))

    def test_its_key_opens_nothing_else(self, client, requests, name, pods, source, cluster, tmp_path):
        volume, snapshot, _ = source
        other = client.must("CreateVolume", requests.create(f"o-{name}", parameters=OWN)).volume
        view = client.must(
            "CreateVolume", requests.create(name, mode=READ, parameters=VIEW, source=snapshot)
        ).volume
        _, _context = pods.publish(view, READ)
        [mount] = [one for one in mounts(pods.paths.base) if str(one.target) == str(pods.published[view.volume_id][1])]
        user = mount.source.partition("@")[0]
        keyring = tmp_path / "keyring"
        keyring.write_text(f"[client.{user}]\nkey = {cluster.key_of(user)}\n")
        place = tmp_path / "place"
        place.mkdir()
        for path in (other.volume_context["path"], f"{cluster['ROOT']}/{cluster['GROUP']}", "/"):
            tried = subprocess.run(
                ["ceph-fuse", "-c", cluster["CONF"], "--id", user, "-k", str(keyring), "--client_mountpoint", path,
                 str(place)],
                capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL,
            )  # fmt: skip
            assert tried.returncode != 0 and not is_mounted(place), (path, tried)
            assert "Operation not permitted" in tried.stderr + tried.stdout, tried
        for one in (view, volume):
            pods.withdraw(one.volume_id)
        client.must("DeleteVolume", requests.delete(view.volume_id))
        client.must("DeleteSnapshot", requests.delete_snapshot(snapshot))
        for one in (volume, other):
            client.must("DeleteVolume", requests.delete(one.volume_id))

    def test_holds_its_snapshot_and_while_it_is_published_the_source(self, client, requests, name, pods, source):
        volume, snapshot, _ = source
        view = client.must(
            "CreateVolume", requests.create(name, mode=READ, parameters=VIEW, source=snapshot)
        ).volume
        held = client.call("DeleteSnapshot", requests.delete_snapshot(snapshot))
        assert held.code == "FAILED_PRECONDITION" and view.volume_id in held.message, held
        seen, _ = pods.publish(view, READ)
        pods.withdraw(volume.volume_id)
        busy = client.call("DeleteVolume", requests.delete(volume.volume_id), timeout=3.0)
        assert busy.code == "FAILED_PRECONDITION" and view.volume_id in busy.message, busy
        assert (seen / "inner" / "letter").read_text() == "as it was"
        pods.withdraw(view.volume_id)
        client.must("DeleteVolume", requests.delete(volume.volume_id))
        seen, context = pods.publish(view, READ)
        assert "/_retained/" in context["path"]
        assert (seen / "inner" / "letter").read_text() == "as it was"
        pods.withdraw(view.volume_id)
        client.must("DeleteVolume", requests.delete(view.volume_id))
        client.must("DeleteSnapshot", requests.delete_snapshot(snapshot))

    def test_refuses_what_it_can_not_do(self, client, requests, name, pods, source):
        volume, snapshot, _ = source
        for change, field in (
            ({"mode": "MULTI_NODE_MULTI_WRITER"}, "volume_capabilities[0].access_mode.mode"),
            ({"source": None}, "volume_content_source"),
            ({"source": volume}, "volume_content_source"),
            ({"parameters": {**VIEW, "credentials": "shared"}}, "parameters[credentials]"),
        ):
            words = {"mode": READ, "parameters": VIEW, "source": snapshot, **change}
            refused = client.call("CreateVolume", requests.create(name, **words))
            assert refused.code == "INVALID_ARGUMENT" and refused.message.startswith(field), refused
        view = client.must(
            "CreateVolume", requests.create(name, mode=READ, parameters=VIEW, source=snapshot)
        ).volume
        for method, request in (
            ("ControllerExpandVolume", requests.expand(view, 64 * MiB)),
            ("ControllerModifyVolume", requests.modify(view, maxFiles="5")),
            ("CreateSnapshot", requests.snapshot(f"x-{name}", view)),
            ("CreateVolume", requests.create(f"c-{name}", size=GiB, source=view)),
            ("ControllerPublishVolume", requests.controller_publish(view, pods.node)),
        ):
            refused = client.call(method, request)
            assert refused.code == "INVALID_ARGUMENT" and "backingSnapshot" in refused.message, refused
        validated = client.must("ValidateVolumeCapabilities", requests.validate(view))
        assert not validated.HasField("confirmed") and "READER_ONLY" in validated.message
        client.must("DeleteVolume", requests.delete(view.volume_id))
        client.must("DeleteSnapshot", requests.delete_snapshot(snapshot))
        pods.withdraw(volume.volume_id)
        client.must("DeleteVolume", requests.delete(volume.volume_id))
