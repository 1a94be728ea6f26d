"""Bad requests: each gets the code that the spec asks, a message that names the field and the fix, and changes nothing."""

import re

import pytest

from harness import badinput_controller, badinput_groups, badinput_managing, badinput_node, badinput_publishing
from harness.client import METHODS
from harness.mounts import fuse_clients, mounts
from harness.requests import MiB
from harness.stubs import csi

TABLE = [
    *badinput_controller.CREATE,
    *badinput_controller.DELETE,
    *badinput_controller.VALIDATE,
    *badinput_controller.SNAPSHOTS,
    *badinput_groups.CREATE,
    *badinput_groups.DELETE,
    *badinput_groups.GET,
    *badinput_groups.VIEWS,
    *badinput_managing.EXPAND,
    *badinput_managing.MODIFY,
    *badinput_managing.LOOK,
    *badinput_node.STAGE,
    *badinput_node.UNSTAGE,
    *badinput_node.PUBLISH,
    *badinput_node.UNPUBLISH,
    *badinput_node.STATS,
    *badinput_node.EXPAND,
    *badinput_publishing.PUBLISH,
    *badinput_publishing.UNPUBLISH,
    *badinput_publishing.STAGE,
]


@pytest.fixture(scope="class")
def volume(plugin, requests, volumes):
    """A volume that exists, so that nothing but the row's change is wrong."""
    made = plugin.client.must("CreateVolume", requests.create("bad-input-base")).volume
    yield made
    plugin.client.must("DeleteVolume", requests.delete(made.volume_id))


@pytest.fixture(scope="class")
def valid(plugin, requests, volume, scratch):
    """A valid request of each method; a row changes a copy."""
    node = plugin.client.must("NodeGetInfo").node_id
    staging, target = scratch / "staging", scratch / "target"
    staging.mkdir()
    known = {
        "CreateVolume": requests.create("bad-input-new"),
        "DeleteVolume": requests.delete(volume.volume_id),
        "ValidateVolumeCapabilities": requests.validate(volume),
        "CreateSnapshot": requests.snapshot("bad-input-snapshot", volume),
        "DeleteSnapshot": csi.DeleteSnapshotRequest(snapshot_id="dev:cephfs:csi:never", secrets=requests.admin),
        "ListSnapshots": csi.ListSnapshotsRequest(secrets=requests.admin),
        "GetSnapshot": csi.GetSnapshotRequest(snapshot_id="dev:cephfs:csi:never", secrets=requests.admin),
        "CreateVolumeGroupSnapshot": csi.CreateVolumeGroupSnapshotRequest(
            name="bad-input-group",
            source_volume_ids=[volume.volume_id],
            secrets=requests.admin,
            parameters={"groupSnapshotConsistency": "crash-per-volume"},
        ),
        "DeleteVolumeGroupSnapshot": csi.DeleteVolumeGroupSnapshotRequest(
            group_snapshot_id="dev:cephfs:csi:never", secrets=requests.admin
        ),
        "GetVolumeGroupSnapshot": csi.GetVolumeGroupSnapshotRequest(
            group_snapshot_id="dev:cephfs:csi:never", secrets=requests.admin
        ),
        "ControllerPublishVolume": requests.controller_publish(volume, node),
        "ControllerUnpublishVolume": requests.controller_unpublish(volume, node),
        "ControllerExpandVolume": requests.expand(volume, 64 * MiB),
        "ControllerModifyVolume": requests.modify(volume, maxFiles="100"),
        "ControllerGetVolume": requests.get(volume),
        "GetCapacity": requests.capacity(),
        "NodeStageVolume": requests.stage(volume, staging),
        "NodeUnstageVolume": requests.unstage(volume, staging),
        "NodePublishVolume": requests.publish(volume, staging, target),
        "NodeUnpublishVolume": requests.unpublish(volume, target),
        "NodeGetVolumeStats": requests.stats(volume, target, staging),
        "NodeExpandVolume": csi.NodeExpandVolumeRequest(volume_id=volume.volume_id, volume_path=str(target)),
    }

    def make(method):
        request = METHODS[method][1]()
        if method in known:
            request.CopyFrom(known[method])
        return request

    return make


class TestTable:
    def test_holds_at_least_120_requests(self):
        assert len(TABLE) >= 120
        assert len({str(row) for row in TABLE}) == len(TABLE)

    @pytest.mark.parametrize("row", TABLE, ids=str)
    def test_row(self, client, valid, volumes, scratch, row):
        request = valid(row.method)
        changed = row.change(request)
        before = volumes.volumes()
        reply = client.call(row.method, changed if isinstance(changed, bytes) else request)
        assert reply.code == row.code, reply
        assert row.field in reply.message, f"names no {row.field!r}: {reply}"
        assert re.search(row.fix, reply.message), f"says nothing like {row.fix!r}: {reply}"
        assert not re.search(r"[\x00-\x1f\x7f]", reply.message), f"not one plain line: {reply.message!r}"
        assert volumes.volumes() == before
        assert mounts(scratch) == []

    def test_nothing_is_left_of_all_of_them(self, plugin, client, volumes, cluster):
        assert plugin.running
        assert volumes.staging() == []
        assert not fuse_clients(cluster["MONITORS"])
        assert client.call("Probe").ok


class TestMissingCaps:
    @pytest.mark.parametrize(
        ("entry", "which", "cap"),
        [row[1:] for row in badinput_controller.MISSING_CAPS],
        ids=[row[0].replace(" ", "-") for row in badinput_controller.MISSING_CAPS],
    )
    def test_a_user_without_the_cap_is_denied(self, client, requests, cluster, name, entry, which, cap):
        request = requests.create(name, parameters={"cluster": entry}, secrets=cluster.controller_secrets(which))
        reply = client.call("CreateVolume", request)
        assert reply.code == "PERMISSION_DENIED", reply
        assert cap in reply.message, reply


class TestMissingGroup:
    def test_is_refused_where_the_configuration_makes_no_groups(self, plugins, cluster, requests, name, scratch):
        config = scratch / "no-groups.yaml"
        text = open(cluster["CONFIG"]).read()
        config.write_text(text.replace("    mounter: fuse\n", "    mounter: fuse\n    createGroups: false\n"))
        client = plugins(config=config).start().client
        reply = client.call("CreateVolume", requests.create(name, parameters={"group": "never-made"}))
        assert reply.code in ("INVALID_ARGUMENT", "FAILED_PRECONDITION"), reply
        assert "parameters[group]" in reply.message
        assert re.search(r"never-made|subvolumegroup create|mkdir", reply.message)


class TestMalformedIds:
    """A volume id that this plugin can't have issued names nothing: deleting it is a success that touches nothing."""

    @pytest.mark.parametrize(
        "volume_id",
        ["x", "a:b", "dev:cephfs:csi", "dev:cephfs:csi:a:b", "dev:cephfs:..:v", "dev:cephfs:csi:..", "dev:cephfs:csi:",
         "dev:cephfs:_staging:v", "dev:cephfs:_trash:v", "/volumes/csi/v", "dev:cephfs:csi:.snap", "💾",
         "dev:cephfs:csi:" + "a" * 113, "dev:cephfs:csi:a/b"],
    )  # fmt: skip
    def test_delete_succeeds(self, client, requests, volumes, volume_id):
        before = volumes.volumes()
        assert client.call("DeleteVolume", requests.delete(volume_id)).ok
        assert volumes.volumes() == before

    def test_an_id_of_no_volume_is_deleted_with_success(self, client, requests):
        assert client.call("DeleteVolume", requests.delete("dev:cephfs:csi:never-made")).ok


class TestOversized:
    def test_a_message_beyond_4_mib_is_refused_and_harms_nothing(self, client, requests, name):
        request = requests.create(name)
        request.parameters["mode"] = "7" * (5 << 20)
        reply = client.call("CreateVolume", request)
        assert reply.code == "RESOURCE_EXHAUSTED", reply
        assert client.call("Probe").ok

    def test_an_unknown_method_is_unimplemented(self, client):
        for path in ("/csi.v1.Controller/NoSuchMethod", "/csi.v2.Controller/CreateVolume", "/x/y", "/csi.v1.Identity/"):
            assert client.call(path, b"").code == "UNIMPLEMENTED"
