"""What Kubernetes' sidecars and its kubelet do to the plugin, in their order and with their retries."""

import os
import pathlib
import time

import pytest
import yaml

from harness.client import Client
from harness.mounts import is_mounted
from harness.requests import GiB, MiB, capability
from harness.sidecars import (
    PREFIX,
    Attachment,
    Claim,
    Pod,
    SnapshotContent,
    own_parameters,
    published_nodes,
    until_final,
)  # fmt: skip
from harness.stubs import REPOSITORY, csi

RPC = csi.ControllerServiceCapability.RPC


def class_of(mode):
    """The parameters of the StorageClass that deploy/ installs for a mode, with the dev cluster's entry."""
    path = REPOSITORY / "deploy" / "kubernetes" / "classes" / mode / "storageclass.yaml"
    return {**yaml.safe_load(path.read_text())["parameters"], "cluster": "dev"}


def configuration(path, cluster, standing):
    """As deploy/ has it: with a user for calls that bring no secrets, or without."""
    entry = {"id": "dev", "monitors": [cluster["MONITORS"]], "filesystem": cluster["FS"], "mounter": "fuse"}
    if standing:
        entry |= {"user": cluster["PROVISIONER_ID"], "keyFile": cluster["PROVISIONER_KEY_FILE"]}
    path.write_text(yaml.safe_dump({"clusters": [entry]}))
    return path


@pytest.fixture(scope="class")
def config(scratch, cluster):
    return configuration(scratch / "standing.yaml", cluster, standing=True)


@pytest.fixture(scope="class")
def plugin(plugins, config):
    return plugins(config=config).start()


@pytest.fixture
def claims(client, requests):
    """Makes claims; their volumes go at the end, as with reclaimPolicy Delete."""
    made = []

    def make(mode="shared", size=GiB, secrets=None, **more):
        claim = Claim({**class_of(mode), **more}, requests.admin if secrets is None else secrets, size)
        made.append(claim)
        return claim

    yield make
    for claim in made:
        for volume_id in [one for one in published_nodes(client) if one.endswith(claim.volume_name)]:
            client.must("ControllerUnpublishVolume", csi.ControllerUnpublishVolumeRequest(
                volume_id=volume_id, secrets=requests.admin))  # fmt: skip
            client.must("DeleteVolume", requests.delete(volume_id))


def provisioned(client, claim, timeout=60, **more):
    answers = until_final(client, "CreateVolume", claim.create(**more), timeout)
    assert answers[-1].ok, answers[-1]
    return claim.volume_of(answers[-1].response)


class TestStart:
    """What a sidecar asks before it does anything; one that gets another answer ends with an error."""

    def test_every_sidecar_finds_what_it_wants(self, client):
        name = client.must("GetPluginInfo").name
        # CSIDriver's name, which the registrar and csi-lib-utils take from here.
        assert 0 < len(name) <= 63 and name == name.lower()
        assert client.must("Probe").ready.value is True
        offers = client.must("GetPluginCapabilities").capabilities
        assert csi.PluginCapability.Service.CONTROLLER_SERVICE in [one.service.type for one in offers]
        # A volume can be grown while it is mounted, so the resizer need not wait for its pods to end.
        assert csi.PluginCapability.VolumeExpansion.ONLINE in [one.volume_expansion.type for one in offers]
        kinds = [one.rpc.type for one in client.must("ControllerGetCapabilities").capabilities]
        assert len(kinds) == len(set(kinds)), "one of them is there twice"
        assert set(kinds) >= {
            RPC.CREATE_DELETE_VOLUME, RPC.CLONE_VOLUME, RPC.GET_CAPACITY,  # provisioner
            RPC.PUBLISH_UNPUBLISH_VOLUME, RPC.LIST_VOLUMES, RPC.LIST_VOLUMES_PUBLISHED_NODES,  # attacher
            RPC.EXPAND_VOLUME, RPC.MODIFY_VOLUME, RPC.SINGLE_NODE_MULTI_WRITER,  # resizer
            RPC.CREATE_DELETE_SNAPSHOT, RPC.LIST_SNAPSHOTS,  # snapshotter
        }  # fmt: skip

    def test_livenessprobe_asks_every_ten_seconds_on_a_connection_of_its_own(self, plugin):
        """livenessprobe: Probe with --probe-timeout (1 s by default) whenever the kubelet asks /healthz."""
        for _ in range(3):
            probing = Client(plugin.socket)
            assert probing.call("Probe", timeout=1).ok
            probing.close()

    def test_the_kubelet_learns_a_node_id_that_csinode_can_hold(self, client):
        info = client.must("NodeGetInfo")
        # CSINode, spec.drivers[].nodeID: at most 192 bytes. No topology: a volume is reached from everywhere.
        assert 0 < len(info.node_id) <= 192
        assert not info.HasField("accessible_topology") and info.max_volumes_per_node == 0


class TestProvisioner:
    def test_metadata_of_claim_and_volume_change_nothing(self, client, claims, admin):
        claim = claims()
        volume = provisioned(client, claim)
        assert volume.capacity_bytes == GiB
        assert not any(key.startswith(PREFIX) for key in volume.volume_context)
        # Another leader has another claim informer's view, but the same class and name: the same volume.
        claim.name = "renamed-in-the-request"
        assert provisioned(client, claim) == volume
        assert admin.quota(volume.volume_context["path"]) == GiB

    @pytest.mark.parametrize("mode", ["volume", "node", "shared"])
    def test_the_keys_of_each_class_leave_what_the_plugin_takes(self, client, claims, mode):
        claim = claims(mode)
        assert set(own_parameters(claim.storage_class)) == {"credentials", "cluster"}
        assert provisioned(client, claim).volume_context["credentials"] == mode

    def test_a_short_timeout_is_repeated_until_there_is_one_volume(self, client, claims, volumes):
        claim = claims()
        # Far too short for a volume; each attempt goes on where the one before it was cut off.
        answers = []
        for timeout in (0.001, 0.002, 0.004, 0.008, 0.016):
            answers += until_final(client, "CreateVolume", claim.create(), timeout, patience=0)
        assert "DEADLINE_EXCEEDED" in {one.code for one in answers}
        volume = provisioned(client, claim)
        assert [one for one in published_nodes(client) if one.endswith(claim.volume_name)] == [volume.volume_id]
        assert volumes.volumes().count(claim.volume_name) == 1

    def test_a_final_error_is_final_at_once(self, client, claims):
        """The sidecar shows it as the claim's event, so it must say what to change."""
        claim = claims(dataPol="fast")
        [answer] = until_final(client, "CreateVolume", claim.create(), 60)
        assert answer.code == "INVALID_ARGUMENT" and "parameters[dataPol]" in answer.message
        # A class without provisioner secret keys.
        [answer] = until_final(client, "CreateVolume", claims(secrets={}).create(), 60)
        assert answer.code == "INVALID_ARGUMENT" and "secrets[adminID]" in answer.message

    def test_read_write_once_becomes_single_node_multi_writer(self, client, claims):
        """Because of SINGLE_NODE_MULTI_WRITER: ReadWriteOnce is sent as that, ReadWriteOncePod as single writer."""
        for mode in ("SINGLE_NODE_MULTI_WRITER", "SINGLE_NODE_SINGLE_WRITER", "MULTI_NODE_READER_ONLY"):
            provisioned(client, claims(), mode=mode)

    def test_a_volume_attributes_class_comes_with_creation(self, client, claims, admin):
        volume = provisioned(client, claims(), mutable={"maxFiles": "500"})
        assert admin.attribute(volume.volume_context["path"], "ceph.quota.max_files") == "500"

    def test_a_clone_is_aborted_until_it_is_ready_and_then_is_there(self, client, claims, admin):
        source = provisioned(client, claims())
        path = source.volume_context["path"]
        for number in range(200):
            admin.write(f"{path}/file{number}", "x" * 1000)
        claim = claims()
        # A limit that the copy does not keep, as --timeout with a large volume: DEADLINE_EXCEEDED, then ABORTED.
        answers = until_final(client, "CreateVolume", claim.create(source=source), 0.02)
        assert answers[-1].ok and {one.code for one in answers[:-1]} <= {"ABORTED", "DEADLINE_EXCEEDED"}, answers
        assert len(answers) > 1, "the copy was over before anybody could ask twice"
        clone = claim.volume_of(answers[-1].response)
        # Without it the sidecar takes the volume for an empty one and deletes it again.
        assert clone.content_source.volume.volume_id == source.volume_id
        assert admin.read(f"{clone.volume_context['path']}/file199") == "x" * 1000

    def test_capacity_is_asked_with_the_whole_class_and_no_secrets(self, client):
        """Once a minute for each class; it is not stripped of the sidecars' keys there."""
        for mode in ("volume", "node", "shared"):
            answer = client.must("GetCapacity", csi.GetCapacityRequest(parameters=class_of(mode)))
            assert answer.available_capacity > GiB and answer.maximum_volume_size.value > GiB

    def test_deletion_is_repeated_until_it_succeeds_and_once_more(self, client, requests, claims, volumes):
        claim = claims()
        volume = provisioned(client, claim)
        request = requests.delete(volume.volume_id)
        client.call("DeleteVolume", request, timeout=0.001)
        for _ in range(2):
            assert until_final(client, "DeleteVolume", request, 10)[-1].ok
        assert claim.volume_name not in volumes.volumes()


class TestAttacher:
    @pytest.mark.parametrize("mode", ["volume", "shared"])
    def test_reconciliation_agrees_with_every_attachment(self, client, requests, claims, mode):
        """It compares with CSINode's node id, byte by byte; a difference is an error in its log each minute."""
        node = client.must("NodeGetInfo").node_id
        volume = provisioned(client, claims(mode))
        attachment = Attachment(volume, node, requests.admin)
        assert published_nodes(client)[volume.volume_id] == []
        first = client.must("ControllerPublishVolume", attachment.attach())
        for entries in (0, 1, 2):
            assert published_nodes(client, entries)[volume.volume_id] == [node]
        # What it does after a difference, and after its own restart: attach once more, with the same outcome.
        again = client.must("ControllerPublishVolume", attachment.attach())
        assert set(again.publish_context) == set(first.publish_context)
        for _ in range(2):
            client.must("ControllerUnpublishVolume", attachment.detach())
        assert published_nodes(client)[volume.volume_id] == []

    def test_a_short_timeout_is_repeated_until_the_node_has_it(self, client, requests, claims, cluster):
        volume = provisioned(client, claims("volume"))
        attachment = Attachment(volume, client.must("NodeGetInfo").node_id, requests.admin)
        client.call("ControllerPublishVolume", attachment.attach(), timeout=0.005)
        assert until_final(client, "ControllerPublishVolume", attachment.attach(), 15)[-1].ok
        assert len(cluster.users_of(volume)) == 1
        client.call("ControllerUnpublishVolume", attachment.detach(), timeout=0.005)
        assert until_final(client, "ControllerUnpublishVolume", attachment.detach(), 15)[-1].ok

    def test_detaching_what_is_gone_succeeds(self, client, requests, claims):
        """After a force-deleted PersistentVolume its attachment is all that is left."""
        volume = provisioned(client, claims("volume"))
        attachment = Attachment(volume, client.must("NodeGetInfo").node_id, requests.admin)
        client.must("DeleteVolume", requests.delete(volume.volume_id))
        client.must("ControllerUnpublishVolume", attachment.detach())
        assert client.call("ControllerPublishVolume", attachment.attach()).code == "NOT_FOUND"

    def test_a_node_set_up_anew_is_noticed_and_attached_anew(self, client, plugins, requests, claims, node_paths):
        """Its key, and so its id in CSINode, is another one: ListVolumes still shows the old id, so the attacher attaches
        once more with the new one and puts the new context into the VolumeAttachment."""
        old = plugins(role="node", node_id="anew").start()
        volume = provisioned(client, claims("volume"))
        attachment = Attachment(volume, old.client.must("NodeGetInfo").node_id, requests.admin)
        client.must("ControllerPublishVolume", attachment.attach())
        old.stop()
        new = plugins(role="node", node_id="anew", config=old.config).start().client
        attachment.node_id = new.must("NodeGetInfo").node_id
        assert attachment.node_id not in published_nodes(client)[volume.volume_id]
        context = dict(client.must("ControllerPublishVolume", attachment.attach()).publish_context)
        assert published_nodes(client)[volume.volume_id] == [attachment.node_id]
        pod = Pod(volume, node_paths.staging, node_paths.target(), context)
        new.must("NodeStageVolume", pod.stage())
        new.must("NodeUnstageVolume", pod.unstage())
        client.must("ControllerUnpublishVolume", attachment.detach())

    def test_a_restarted_controller_lists_at_once(self, plugin):
        """Nobody has brought secrets yet: what the configuration's `user` and `keyFile` are for."""
        plugin.stop()
        plugin.start()
        reply = plugin.client.call("ListVolumes")
        assert reply.ok, reply


class TestResizer:
    def expand(self, volume, size, secrets):
        request = csi.ControllerExpandVolumeRequest(
            volume_id=volume.volume_id, secrets=secrets, volume_capability=capability("MULTI_NODE_MULTI_WRITER")
        )
        request.capacity_range.required_bytes = size
        return request

    def test_grows_with_the_expand_secret_and_without_one(self, client, requests, claims, admin):
        volume = provisioned(client, claims())
        for size, secrets in ((2 * GiB, requests.admin), (3 * GiB, {}), (3 * GiB, {})):
            answer = client.must("ControllerExpandVolume", self.expand(volume, size, secrets))
            # Else the claim stays FileSystemResizePending until the kubelet has called NodeExpandVolume.
            assert (answer.capacity_bytes, answer.node_expansion_required) == (size, False)
            assert admin.quota(volume.volume_context["path"]) == size

    def test_modifies_with_and_without_secrets(self, client, requests, claims, admin):
        volume = provisioned(client, claims())
        for value, secrets in (("10", requests.admin), ("20", {})):
            # --extra-modify-metadata adds the names of claim and volume.
            request = csi.ControllerModifyVolumeRequest(
                volume_id=volume.volume_id, secrets=secrets,
                mutable_parameters={"maxFiles": value, f"{PREFIX}pvc/name": "data", f"{PREFIX}pv/name": "pvc-1"},
            )  # fmt: skip
            client.must("ControllerModifyVolume", request)
            assert admin.attribute(volume.volume_context["path"], "ceph.quota.max_files") == value

    def test_what_can_not_be_is_refused_for_good(self, client, requests, claims):
        """InvalidArgument and others make the claim's status Infeasible, where it is not tried every few seconds."""
        volume = provisioned(client, claims())
        request = csi.ControllerModifyVolumeRequest(
            volume_id=volume.volume_id, secrets=requests.admin, mutable_parameters={"iops": "3000"}
        )
        reply = client.call("ControllerModifyVolume", request)
        assert reply.code == "INVALID_ARGUMENT" and "mutable_parameters[iops]" in reply.message

    def test_without_secrets_and_without_a_configured_user_the_secret_is_asked_for(
        self, plugins, client, requests, claims, cluster, scratch
    ):
        volume = provisioned(client, claims())
        plain = configuration(scratch / "plain.yaml", cluster, standing=False)
        other = plugins(role="controller", config=plain).start().client
        # Even when somebody has brought one meanwhile: a change is nobody's but the configured user's.
        other.must("ControllerExpandVolume", self.expand(volume, 2 * GiB, requests.admin))
        reply = other.call("ControllerExpandVolume", self.expand(volume, 3 * GiB, {}))
        assert reply.code == "INVALID_ARGUMENT" and "secrets[adminID]" in reply.message


class TestSnapshotter:
    def test_a_snapshot_as_the_sidecar_takes_follows_and_deletes_it(self, client, requests, claims):
        volume = provisioned(client, claims())
        content = SnapshotContent(volume, requests.admin)
        client.call("CreateSnapshot", content.create(), timeout=0.002)
        taken = until_final(client, "CreateSnapshot", content.create(), 60)[-1]
        assert taken.ok, taken
        snapshot = taken.response.snapshot
        assert snapshot.ready_to_use and abs(snapshot.creation_time.seconds - time.time()) < 60
        # Readiness is asked with the secret of snapshotter-list-secret-name, or, without such keys, without any.
        for secrets in (requests.admin, {}):
            listed = client.must("ListSnapshots", csi.ListSnapshotsRequest(
                snapshot_id=snapshot.snapshot_id, secrets=secrets)).entries  # fmt: skip
            assert [one.snapshot for one in listed] == [snapshot]
            got = client.must("GetSnapshot", csi.GetSnapshotRequest(
                snapshot_id=snapshot.snapshot_id, secrets=secrets)).snapshot  # fmt: skip
            assert got == snapshot
        for _ in range(2):
            client.must("DeleteSnapshot", requests.delete_snapshot(snapshot))
        # "can not find snapshot for snapshotID" follows from an empty list, and no error.
        gone = client.must("ListSnapshots", csi.ListSnapshotsRequest(snapshot_id=snapshot.snapshot_id))
        assert not gone.entries

    def test_a_restored_claim_has_at_least_the_snapshots_size(self, client, requests, claims):
        """The provisioner refuses a claim smaller than size_bytes itself; 0 would stand for unknown."""
        volume = provisioned(client, claims(size=64 * MiB))
        snapshot = client.must("CreateSnapshot", SnapshotContent(volume, requests.admin).create()).snapshot
        assert 0 <= snapshot.size_bytes <= 64 * MiB
        restored = provisioned(client, claims(size=max(snapshot.size_bytes, 64 * MiB)), source=snapshot)
        assert restored.content_source.snapshot.snapshot_id == snapshot.snapshot_id
        client.must("DeleteSnapshot", requests.delete_snapshot(snapshot))

    def test_a_vanished_source_and_a_foreign_handle_are_told_apart(self, client, requests, claims):
        claim = claims()
        volume = provisioned(client, claim)
        client.must("DeleteVolume", requests.delete(volume.volume_id))
        reply = client.call("CreateSnapshot", SnapshotContent(volume, requests.admin).create())
        assert reply.code == "NOT_FOUND", reply
        # A pre-provisioned VolumeSnapshotContent with a handle that somebody made up.
        made_up = csi.ListSnapshotsRequest(snapshot_id="snap-0123", secrets=requests.admin)
        assert not client.must("ListSnapshots", made_up).entries


class TestKubelet:
    @pytest.fixture
    def pod(self, client, requests, claims, node_paths):
        volume = provisioned(client, claims("volume"))
        node = client.must("NodeGetInfo").node_id
        attachment = Attachment(volume, node, requests.admin)
        context = dict(client.must("ControllerPublishVolume", attachment.attach()).publish_context)
        yield Pod(volume, node_paths.staging, node_paths.target(), context)
        client.must("ControllerUnpublishVolume", attachment.detach())

    def test_a_pods_volume_with_everything_that_a_csidriver_can_ask_for(self, client, plugin, pod):
        for _ in range(2):
            client.must("NodeStageVolume", pod.stage())
        # requiresRepublish: every few seconds again, with fresh tokens.
        for _ in range(3):
            client.must("NodePublishVolume", pod.publish())
        (pathlib.Path(pod.target) / "letter").write_text("text")
        usage = {one.unit: one for one in client.must("NodeGetVolumeStats", pod.statistics()).usage}
        assert usage[csi.VolumeUsage.BYTES].total == GiB and usage[csi.VolumeUsage.BYTES].used >= 0
        for _ in range(2):
            client.must("NodeUnpublishVolume", pod.unpublish())
        assert not os.path.exists(pod.target)
        # The kubelet asks for figures of a pod that has gone meanwhile.
        assert client.call("NodeGetVolumeStats", pod.statistics()).code == "NOT_FOUND"
        for _ in range(2):
            client.must("NodeUnstageVolume", pod.unstage())
        assert pod.token not in plugin.log(), "the plugin logs at level debug, and must not log a token"

    def test_a_dead_mount_is_mended_for_a_pod_whose_tokens_are_long(self, client, cluster, pod):
        """They go beyond the 4 KiB of CSI's maps, and are no reason to leave out what staging anew takes."""
        assert sum(len(key) + len(value) for key, value in pod.publish().volume_context.items()) > 4096
        client.must("NodeStageVolume", pod.stage())
        [user] = cluster.users_of(pod.volume)
        cluster.evict(user)
        client.must("NodePublishVolume", pod.publish())
        (pathlib.Path(pod.target) / "letter").write_text("text")
        client.must("NodeUnpublishVolume", pod.unpublish())
        client.must("NodeUnstageVolume", pod.unstage())

    def test_a_grown_volume_has_its_new_size_for_a_kubelet_that_asks(self, client, requests, pod):
        """Nobody has to (node_expansion_required is false), but a node that offers NodeExpandVolume may be asked: when a
        pod starts whose claim does not show the PersistentVolume's size yet."""
        client.must("NodeStageVolume", pod.stage())
        client.must("NodePublishVolume", pod.publish())
        client.must("ControllerExpandVolume", requests.expand(pod.volume, 2 * GiB))
        request = csi.NodeExpandVolumeRequest(
            volume_id=pod.volume.volume_id, volume_path=str(pod.target), staging_target_path=str(pod.staging),
            volume_capability=capability(),
        )  # fmt: skip
        request.capacity_range.required_bytes = 2 * GiB
        deadline = time.monotonic() + 10
        while client.must("NodeExpandVolume", request).capacity_bytes != 2 * GiB:
            assert time.monotonic() < deadline, "the node still sees the old size"
            time.sleep(0.1)
        client.must("NodeUnpublishVolume", pod.unpublish())
        client.must("NodeUnstageVolume", pod.unstage())

    def test_a_restart_between_any_two_steps_is_not_noticed(self, plugin, pod):
        steps = [
            ("NodeStageVolume", pod.stage()), ("NodePublishVolume", pod.publish()),
            ("NodeGetVolumeStats", pod.statistics()), ("NodeUnpublishVolume", pod.unpublish()),
            ("NodeUnstageVolume", pod.unstage()),
        ]  # fmt: skip
        for method, request in steps:
            plugin.client.must(method, request)
            plugin.kill()
            plugin.start()
            # The kubelet does not know whether the call that was cut off has come through.
            plugin.client.must(method, request)
        assert not is_mounted(pod.staging) and not is_mounted(pod.target)

    def test_an_inline_volume_is_refused_by_name(self, client, node_paths):
        """A pod's `csi` volume: an id that nobody made, no staging path, the pod's own attributes."""
        request = csi.NodePublishVolumeRequest(
            volume_id="csi-1a2b3c", target_path=str(node_paths.target()),
            volume_capability=capability("SINGLE_NODE_WRITER"),
            volume_context={f"{PREFIX}ephemeral": "true", "size": "1Gi"},
        )  # fmt: skip
        reply = client.call("NodePublishVolume", request)
        assert reply.code == "INVALID_ARGUMENT" and "generic ephemeral volume" in reply.message, reply

    def test_the_shared_users_secret_comes_with_staging(self, client, requests, claims, node_paths):
        volume = provisioned(client, claims())
        pod = Pod(volume, node_paths.staging, node_paths.target(), secrets=requests.user)
        client.must("NodeStageVolume", pod.stage())
        client.must("NodePublishVolume", pod.publish(readonly=True))
        client.must("NodeUnpublishVolume", pod.unpublish())
        client.must("NodeUnstageVolume", pod.unstage())
