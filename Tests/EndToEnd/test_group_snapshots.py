"""Group snapshots over the socket, of volumes that pods write to through ceph-fuse."""

import time

import pytest
from test_sidecars import configuration
from test_snapshots import made, mounted, write  # noqa: F401  (mounted is a fixture)

from harness.requests import GiB
from harness.stubs import csi

CRASH = {"groupSnapshotConsistency": "crash-per-volume"}


@pytest.fixture
def group(client, requests, name):
    """Makes requests about one group snapshot, and volumes for it."""
    return Group(client, requests, name)


class Group:
    def __init__(self, client, requests, name):
        self.client, self.requests, self.name = client, requests, name

    def volumes(self, *letters):
        return [self.client.must("CreateVolume", self.requests.create(f"{letter}-{self.name}")).volume
                for letter in letters]  # fmt: skip

    def create(self, volumes, parameters=CRASH, name=None):
        return csi.CreateVolumeGroupSnapshotRequest(
            name=name or f"g-{self.name}",
            source_volume_ids=[volume.volume_id for volume in volumes],
            secrets=self.requests.admin,
            parameters=parameters,
        )

    def of(self, kind, snapshot, members=None):
        ids = [member.snapshot_id for member in snapshot.snapshots] if members is None else members
        return kind(group_snapshot_id=snapshot.group_snapshot_id, snapshot_ids=ids, secrets=self.requests.admin)

    def get(self, snapshot, members=None):
        return self.of(csi.GetVolumeGroupSnapshotRequest, snapshot, members)

    def delete(self, snapshot, members=None):
        return self.of(csi.DeleteVolumeGroupSnapshotRequest, snapshot, members)

    def end(self, *volumes):
        for volume in volumes:
            self.client.must("DeleteVolume", self.requests.delete(volume.volume_id))


class TestWithoutSecrets:
    """The secret of a class may be deleted before what was made with it."""

    def test_all_that_ends_something_and_snapshots_are_done_as_the_user_accepted_last(
        self, client, requests, group, cluster, name
    ):
        volumes = group.volumes("a", "b")
        own = client.must("CreateVolume", requests.create(name, parameters={"credentials": "volume"})).volume
        node = client.must("NodeGetInfo").node_id
        client.must("ControllerPublishVolume", requests.controller_publish(own, node))
        client.must("ControllerUnpublishVolume", requests.controller_unpublish(own, node, secrets={}))
        assert cluster.users_of(own) == []
        snapshot = client.must("CreateSnapshot", requests.snapshot(f"s-{name}", own, secrets={})).snapshot
        listed = client.must("ListSnapshots", csi.ListSnapshotsRequest(source_volume_id=own.volume_id)).entries
        assert [one.snapshot.snapshot_id for one in listed] == [snapshot.snapshot_id]
        client.must("DeleteSnapshot", requests.delete_snapshot(snapshot, secrets={}))
        create = group.create(volumes)
        create.ClearField("secrets")
        taken = client.must("CreateVolumeGroupSnapshot", create).group_snapshot
        for method, request in (("GetVolumeGroupSnapshot", group.get(taken)),
                                ("DeleteVolumeGroupSnapshot", group.delete(taken))):  # fmt: skip
            request.ClearField("secrets")
            client.must(method, request)
        for volume in (own, *volumes):
            client.must("DeleteVolume", requests.delete(volume.volume_id, secrets={}))

    def test_a_plugin_that_knows_no_user_yet_says_which_secret_is_missing(self, plugins, requests, cluster, scratch):
        config = configuration(scratch / "nobody.yaml", cluster, standing=False)
        client = plugins(role="controller", config=config).start().client
        volume = csi.Volume(volume_id="dev:cephfs:csi:never")
        snapshot = csi.Snapshot(snapshot_id="dev:cephfs:csi:never")
        for method, request in (
            ("DeleteVolume", requests.delete(volume.volume_id, secrets={})),
            ("ControllerUnpublishVolume", requests.controller_unpublish(volume, "n:" + "A" * 43, secrets={})),
            ("CreateSnapshot", requests.snapshot("never", volume, secrets={})),
            ("DeleteSnapshot", requests.delete_snapshot(snapshot, secrets={})),
        ):
            reply = client.call(method, request)
            assert not reply.ok and "secrets" in reply.message, (method, reply)


class TestGroupSnapshots:
    def test_a_group_snapshot_from_creation_to_deletion(self, client, requests, group):
        """Every step is done twice, because an orchestrator repeats whatever it is not sure of."""
        volumes = group.volumes("a", "b")
        snapshot = client.must("CreateVolumeGroupSnapshot", group.create(volumes)).group_snapshot
        again = client.must("CreateVolumeGroupSnapshot", group.create(reversed(volumes))).group_snapshot
        assert again == snapshot and snapshot.ready_to_use
        assert {one.source_volume_id for one in snapshot.snapshots} == {one.volume_id for one in volumes}
        assert {one.group_snapshot_id for one in snapshot.snapshots} == {snapshot.group_snapshot_id}
        assert client.must("GetVolumeGroupSnapshot", group.get(snapshot)).group_snapshot == snapshot
        for member in snapshot.snapshots:
            listed = client.must("ListSnapshots", csi.ListSnapshotsRequest(source_volume_id=member.source_volume_id))
            assert [one.snapshot for one in listed.entries] == [member]
            found = client.must("GetSnapshot", csi.GetSnapshotRequest(snapshot_id=member.snapshot_id)).snapshot
            assert found == member
            alone = client.call("DeleteSnapshot", requests.delete_snapshot(member))
            assert alone.code == "INVALID_ARGUMENT" and snapshot.group_snapshot_id in alone.message, alone
        for _ in range(2):
            client.must("DeleteVolumeGroupSnapshot", group.delete(snapshot))
        assert client.call("GetVolumeGroupSnapshot", group.get(snapshot)).code == "NOT_FOUND"
        for volume in volumes:
            listed = client.must("ListSnapshots", csi.ListSnapshotsRequest(source_volume_id=volume.volume_id))
            assert not listed.entries
        group.end(*volumes)

    def test_a_member_is_restored_as_any_snapshot_is(self, client, requests, group, node_paths, mounted):  # noqa: F811
        volumes = group.volumes("a", "b")
        targets = [mounted(volume, node_paths, number) for number, volume in enumerate(volumes, 1)]
        for number, target in enumerate(targets):
            write(target / "letter", f"as {number} was")
        snapshot = client.must("CreateVolumeGroupSnapshot", group.create(volumes)).group_snapshot
        for target in targets:
            write(target / "letter", "changed since")
        for number, volume in enumerate(volumes):
            member = next(one for one in snapshot.snapshots if one.source_volume_id == volume.volume_id)
            restored = made(client, requests.create(f"r{number}-{group.name}", source=member))
            copy = mounted(restored, node_paths, 3 + number)
            assert (copy / "letter").read_text() == f"as {number} was"
        client.must("DeleteVolumeGroupSnapshot", group.delete(snapshot))

    def test_names_and_members_are_what_they_were(self, client, group):
        volumes = group.volumes("a", "b")
        snapshot = client.must("CreateVolumeGroupSnapshot", group.create(volumes)).group_snapshot
        others = client.call("CreateVolumeGroupSnapshot", group.create(volumes[:1]))
        assert others.code == "ALREADY_EXISTS", others
        first = snapshot.snapshots[0].snapshot_id
        for request, method in [(group.get, "GetVolumeGroupSnapshot"), (group.delete, "DeleteVolumeGroupSnapshot")]:
            for members in ([], [first]):
                wrong = client.call(method, request(snapshot, members))
                assert wrong.code == "INVALID_ARGUMENT" and "snapshot_ids" in wrong.message, wrong
        client.must("DeleteVolumeGroupSnapshot", group.delete(snapshot))
        group.end(*volumes)

    def test_what_can_not_be_taken_together_is_refused(self, client, blue, group):
        volumes = group.volumes("a")
        foreign = client.must("CreateVolume", blue.create(f"blue-{group.name}", size=GiB)).volume
        apart = client.call("CreateVolumeGroupSnapshot", group.create([*volumes, foreign]))
        assert apart.code == "INVALID_ARGUMENT" and "source_volume_ids" in apart.message, apart
        gone = csi.Volume(volume_id=volumes[0].volume_id + "x")
        missing = client.call("CreateVolumeGroupSnapshot", group.create([*volumes, gone]))
        assert missing.code == "NOT_FOUND" and gone.volume_id in missing.message, missing
        assert not client.must(
            "ListSnapshots", csi.ListSnapshotsRequest(source_volume_id=volumes[0].volume_id)
        ).entries
        client.must("DeleteVolume", blue.delete(foreign.volume_id))
        group.end(*volumes)

    def test_what_freezing_lacks_is_said_unless_the_class_asks_for_less(self, client, group, cluster):
        volumes = group.volumes("a")
        refused = client.call("CreateVolumeGroupSnapshot", group.create(volumes, parameters={}))
        assert refused.code == "FAILED_PRECONDITION" and "groupSnapshotConsistency" in refused.message, refused
        # Clusters from Ceph 19 on can freeze; there the secret lacks the fencer (test_frozen_groups.py has it).
        lacking = "fencerID" if cluster.release >= 19 else f"ceph version {cluster.release}"
        assert lacking in refused.message, refused
        unknown = client.call("CreateVolumeGroupSnapshot", group.create(volumes, parameters={"consistency": "x"}))
        assert unknown.code == "INVALID_ARGUMENT" and "parameters[consistency]" in unknown.message, unknown
        group.end(*volumes)


class TestCrashes:
    """With a plugin of their own that has used one root alone: the session of another root would stay behind when it is
    killed, and hold up everybody there for a minute."""

    def test_a_plugin_that_dies_meanwhile_leaves_nothing_half_made(self, plugin, client, group):
        """kill -9 at different moments: an equal request then makes it whole, or finds it so."""
        volumes = group.volumes("a", "b", "c")
        for number in range(6):
            request = group.create(volumes, name=f"g{number}-{group.name}")
            pending = plugin.client.channel.unary_unary("/csi.v1.GroupController/CreateVolumeGroupSnapshot").future(
                request.SerializeToString(), timeout=30
            )
            # From before the first snapshot to after the last.
            time.sleep(0.02 + 0.03 * number)
            plugin.kill()
            pending.cancel()
            plugin.start()
            counts = set()
            for volume in volumes:
                request_list = csi.ListSnapshotsRequest(
                    source_volume_id=volume.volume_id, secrets=group.requests.admin
                )
                counts.add(len(plugin.client.must("ListSnapshots", request_list).entries))
            assert len(counts) == 1, "some members can be seen, and others can't"
            answer = plugin.client.call_until_settled("CreateVolumeGroupSnapshot", request)
            assert answer.ok, answer
            snapshot = answer.response.group_snapshot
            assert len(snapshot.snapshots) == 3
            plugin.client.must("DeleteVolumeGroupSnapshot", group.delete(snapshot))
        group.client = plugin.client
        group.end(*volumes)

