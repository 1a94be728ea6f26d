"""A volume's whole life over the socket, as an orchestrator drives it, with real data on a real cluster."""

import errno
import os
import re
import time

import pytest

from harness.mounts import is_mounted, mounts
from harness.requests import GiB, MiB, capability
from harness.stubs import csi


class TestIdentity:
    def test_names_itself_as_csi_demands(self, client):
        info = client.must("GetPluginInfo")
        assert re.fullmatch(r"[a-z0-9]([-a-z0-9.]{0,61}[a-z0-9])?", info.name)
        assert re.match(r"\d+\.\d+\.\d+", info.vendor_version)

    def test_advertises_the_controller_service(self, client):
        kinds = [capability.service.type for capability in client.must("GetPluginCapabilities").capabilities]
        assert csi.PluginCapability.Service.CONTROLLER_SERVICE in kinds

    def test_is_ready(self, client):
        probe = client.must("Probe")
        assert not probe.HasField("ready") or probe.ready.value

    def test_capabilities_are_those_that_work(self, client):
        rpc = csi.ControllerServiceCapability.RPC
        controller = {one.rpc.type for one in client.must("ControllerGetCapabilities").capabilities}
        assert {rpc.CREATE_DELETE_VOLUME, rpc.SINGLE_NODE_MULTI_WRITER} <= controller
        offered = {"PUBLISH_UNPUBLISH_VOLUME": "ControllerPublishVolume", "LIST_VOLUMES": "ListVolumes",
                   "GET_CAPACITY": "GetCapacity", "CREATE_DELETE_SNAPSHOT": "CreateSnapshot",
                   "EXPAND_VOLUME": "ControllerExpandVolume", "GET_VOLUME": "ControllerGetVolume"}  # fmt: skip
        for flag, method in offered.items():
            is_there = client.call(method).code != "UNIMPLEMENTED"
            assert (rpc.Type.Value(flag) in controller) == is_there, f"{flag} and {method} disagree"

    def test_node_capabilities_are_those_that_work(self, client):
        rpc = csi.NodeServiceCapability.RPC
        node = {one.rpc.type for one in client.must("NodeGetCapabilities").capabilities}
        assert {rpc.STAGE_UNSTAGE_VOLUME, rpc.GET_VOLUME_STATS, rpc.SINGLE_NODE_MULTI_WRITER} <= node
        assert (rpc.EXPAND_VOLUME in node) == (client.call("NodeExpandVolume").code != "UNIMPLEMENTED")

    def test_node_info_carries_the_node_id(self, client, plugin):
        info = client.must("NodeGetInfo")
        assert info.node_id.startswith(plugin.node_id)
        assert len(info.node_id) <= 192


class TestLife:
    def test_a_volume_from_creation_to_deletion(self, client, requests, volumes, name, node_paths):
        """Every step is done twice, because an orchestrator repeats whatever it is not sure of."""
        create = requests.create(name, size=64 * MiB)
        volume = client.must("CreateVolume", create).volume
        assert client.must("CreateVolume", create).volume == volume
        assert volume.capacity_bytes == 64 * MiB
        assert volumes.flaw(volume.volume_id.split(":")[-1]) is None
        data = volume.volume_context["path"]
        assert volumes.admin.quota(data) == 64 * MiB

        staging, first, second = node_paths.staging, node_paths.target(1), node_paths.target(2)
        for _ in range(2):
            client.must("NodeStageVolume", requests.stage(volume, staging))
        assert [mount.kind for mount in mounts(staging)] == ["fuse.ceph-fuse"]
        for target in (first, second):
            for _ in range(2):
                client.must("NodePublishVolume", requests.publish(volume, staging, target))
            assert len(mounts(target)) == 1, "a repeated publish must not mount twice"

        (first / "greeting").write_text("written by one pod")
        assert (second / "greeting").read_text() == "written by one pod"
        with open(first / "greeting", "a") as file:
            os.fsync(file.fileno())
        assert volumes.admin.read(f"{data}/greeting") == "written by one pod"

        for target in (first, second):
            for _ in range(2):
                client.must("NodeUnpublishVolume", requests.unpublish(volume, target))
            assert not target.exists(), "the plugin removes the target that it made"
        for _ in range(2):
            client.must("NodeUnstageVolume", requests.unstage(volume, staging))
        assert not is_mounted(staging)

        for _ in range(2):
            client.must("DeleteVolume", requests.delete(volume.volume_id))
        assert not volumes.admin.exists(data)
        assert volume.volume_id.split(":")[-1] not in volumes.volumes()

    def test_a_deleted_name_can_be_used_again_and_is_empty(self, client, requests, name, volumes):
        first = client.must("CreateVolume", requests.create(name)).volume
        volumes.admin.write(f"{first.volume_context['path']}/old", "old data")
        client.must("DeleteVolume", requests.delete(first.volume_id))
        second = client.must("CreateVolume", requests.create(name)).volume
        assert second.volume_id == first.volume_id
        assert second.volume_context["path"] != first.volume_context["path"]
        assert volumes.admin.names(second.volume_context["path"]) == []
        client.must("DeleteVolume", requests.delete(second.volume_id))

    def test_validate_confirms_what_was_created(self, client, requests, name):
        volume = client.must("CreateVolume", requests.create(name)).volume
        request = requests.validate(volume, parameters={"cluster": "dev"})
        confirmed = client.must("ValidateVolumeCapabilities", request).confirmed
        assert list(confirmed.volume_capabilities) == list(request.volume_capabilities)
        assert dict(confirmed.parameters) == {"cluster": "dev"}
        client.must("DeleteVolume", requests.delete(volume.volume_id))

    def test_validate_says_why_it_confirms_nothing(self, client, requests, name):
        volume = client.must("CreateVolume", requests.create(name)).volume
        request = requests.validate(volume)
        request.volume_capabilities[0].block.SetInParent()
        response = client.must("ValidateVolumeCapabilities", request)
        assert not response.HasField("confirmed")
        assert "block" in response.message
        client.must("DeleteVolume", requests.delete(volume.volume_id))


class TestCapacity:
    def test_is_rounded_up_to_4_mib(self, client, requests, name, volumes):
        volume = client.must("CreateVolume", requests.create(name, size=5 * MiB + 1)).volume
        assert volume.capacity_bytes == 8 * MiB
        assert volumes.admin.quota(volume.volume_context["path"]) == 8 * MiB
        client.must("DeleteVolume", requests.delete(volume.volume_id))

    def test_never_exceeds_the_limit(self, client, requests, name, volumes):
        volume = client.must("CreateVolume", requests.create(name, size=5 * MiB, limit=6 * MiB)).volume
        assert 5 * MiB <= volume.capacity_bytes <= 6 * MiB
        assert volumes.admin.quota(volume.volume_context["path"]) == volume.capacity_bytes
        client.must("DeleteVolume", requests.delete(volume.volume_id))

    def test_may_be_left_open(self, client, requests, name, volumes):
        volume = client.must("CreateVolume", requests.create(name, size=0)).volume
        assert volume.capacity_bytes == 0
        assert volumes.admin.quota(volume.volume_context["path"]) == 0
        client.must("DeleteVolume", requests.delete(volume.volume_id))

    def test_a_compatible_repeat_finds_the_volume(self, client, requests, name):
        volume = client.must("CreateVolume", requests.create(name, size=1 * GiB)).volume
        again = client.must("CreateVolume", requests.create(name, size=512 * MiB, limit=2 * GiB)).volume
        assert again == volume
        client.must("DeleteVolume", requests.delete(volume.volume_id))

    @pytest.mark.parametrize(
        "change",
        [
            {"size": 32 * MiB},
            {"size": 4 * MiB, "limit": 8 * MiB},
            {"parameters": {"mode": "0700"}},
            {"parameters": {"uid": "12"}},
        ],
        ids=["larger", "below-limit", "mode", "uid"],
    )
    def test_an_incompatible_repeat_is_refused_and_says_what_differs(self, client, requests, name, change):
        volume = client.must("CreateVolume", requests.create(name, size=16 * MiB)).volume
        reply = client.call("CreateVolume", requests.create(name, **change))
        assert reply.code == "ALREADY_EXISTS"
        assert re.search(r"bytes|parameters|mode|uid", reply.message)
        client.must("DeleteVolume", requests.delete(volume.volume_id))

    def test_is_enforced_and_reported(self, client, requests, name, node_paths):
        """CephFS enforces quotas in the client, with some delay: writing ten times the size has to fail in between."""
        volume = client.must("CreateVolume", requests.create(name, size=16 * MiB)).volume
        target = node_paths.target()
        client.must("NodeStageVolume", requests.stage(volume, node_paths.staging))
        client.must("NodePublishVolume", requests.publish(volume, node_paths.staging, target))
        with pytest.raises(OSError) as caught:
            for number in range(40):
                with open(target / f"file{number}", "wb") as file:
                    file.write(b"x" * (4 * MiB))
                    file.flush()
                    os.fsync(file.fileno())
        assert caught.value.errno == errno.EDQUOT
        written = sum(entry.stat().st_size for entry in target.iterdir())
        assert 12 * MiB <= written <= 32 * MiB
        stats = client.must("NodeGetVolumeStats", requests.stats(volume, target, node_paths.staging))
        usage = {csi.VolumeUsage.Unit.Name(one.unit): one for one in stats.usage}
        assert usage["BYTES"].total == 16 * MiB
        assert usage["BYTES"].used > 8 * MiB
        assert usage["BYTES"].available >= 0
        client.must("NodeUnpublishVolume", requests.unpublish(volume, target))
        client.must("NodeUnstageVolume", requests.unstage(volume, node_paths.staging))
        client.must("DeleteVolume", requests.delete(volume.volume_id))


class TestStatistics:
    def test_report_the_quota_and_the_files(self, client, requests, name, node_paths):
        volume = client.must("CreateVolume", requests.create(name, size=64 * MiB)).volume
        target = node_paths.target()
        client.must("NodeStageVolume", requests.stage(volume, node_paths.staging))
        client.must("NodePublishVolume", requests.publish(volume, node_paths.staging, target))
        for number in range(5):
            (target / f"file{number}").write_bytes(b"x" * MiB)
        os.sync()
        for path in (target, node_paths.staging):
            stats = client.must("NodeGetVolumeStats", requests.stats(volume, path, node_paths.staging))
            usage = {csi.VolumeUsage.Unit.Name(one.unit): one for one in stats.usage}
            assert usage["BYTES"].total == 64 * MiB
            assert 0 <= usage["BYTES"].available <= 64 * MiB
            assert usage["BYTES"].used + usage["BYTES"].available == usage["BYTES"].total
            assert usage["INODES"].used >= 1
        client.must("NodeUnpublishVolume", requests.unpublish(volume, target))
        gone = client.call("NodeGetVolumeStats", requests.stats(volume, target, node_paths.staging))
        assert gone.code == "NOT_FOUND"
        client.must("NodeUnstageVolume", requests.unstage(volume, node_paths.staging))
        client.must("DeleteVolume", requests.delete(volume.volume_id))


class TestProperties:
    def test_mode_and_owner_are_set(self, client, requests, name, volumes):
        parameters = {"mode": "2750", "uid": "1234", "gid": "4321"}
        volume = client.must("CreateVolume", requests.create(name, parameters=parameters)).volume
        found = volumes.admin.stat(volume.volume_context["path"])
        assert volumes.admin.mode(volume.volume_context["path"]) == 0o2750
        assert (found.st_uid, found.st_gid) == (1234, 4321)
        client.must("DeleteVolume", requests.delete(volume.volume_id))

    def test_default_mode_lets_any_pod_write(self, client, requests, name, volumes):
        volume = client.must("CreateVolume", requests.create(name)).volume
        assert volumes.admin.mode(volume.volume_context["path"]) == 0o777
        client.must("DeleteVolume", requests.delete(volume.volume_id))

    def test_a_volume_s_record_is_out_of_its_users_reach(self, client, requests, name, cluster, node_paths):
        """Only the data directory is mounted: a pod sees neither `.meta` nor the directory that carries the record."""
        volume = client.must("CreateVolume", requests.create(name)).volume
        client.must("NodeStageVolume", requests.stage(volume, node_paths.staging))
        assert os.listdir(node_paths.staging) == []
        client.must("NodeUnstageVolume", requests.unstage(volume, node_paths.staging))
        client.must("DeleteVolume", requests.delete(volume.volume_id))

    def test_the_data_pool_can_be_chosen(self, client, requests, name, volumes, cluster):
        parameters = {"dataPool": cluster["DATA_POOL"]}
        volume = client.must("CreateVolume", requests.create(name, parameters=parameters)).volume
        pool = volumes.admin.attribute(volume.volume_context["path"], "ceph.dir.layout.pool")
        assert pool == cluster["DATA_POOL"]
        client.must("DeleteVolume", requests.delete(volume.volume_id))

    def test_parameters_of_the_sidecars_are_ignored(self, client, requests, name):
        parameters = {"csi.storage.k8s.io/pvc/name": "data", "csi.storage.k8s.io/pv/name": name}
        volume = client.must("CreateVolume", requests.create(name, parameters=parameters)).volume
        client.must("DeleteVolume", requests.delete(volume.volume_id))


class TestStaticVolume:
    @pytest.fixture
    def directory(self, volumes, name):
        path = f"{volumes.group_path}/archive-{name}"
        volumes.admin.make_directory(path)
        volumes.admin.write(f"{path}/letter", "was here before")
        yield path
        volumes.admin.mount.unlink(f"{path}/letter")
        volumes.admin.mount.rmdir(path)

    def test_is_mounted_and_survives_every_call(self, client, requests, volumes, name, directory, node_paths):
        volume = requests.static_volume(f"static/{name}", directory)
        confirmed = client.must("ValidateVolumeCapabilities", requests.validate(volume))
        assert confirmed.HasField("confirmed")
        target = node_paths.target()
        client.must("NodeStageVolume", requests.stage(volume, node_paths.staging))
        client.must("NodePublishVolume", requests.publish(volume, node_paths.staging, target))
        assert (target / "letter").read_text() == "was here before"
        client.must("NodeUnpublishVolume", requests.unpublish(volume, target))
        client.must("NodeUnstageVolume", requests.unstage(volume, node_paths.staging))
        client.must("DeleteVolume", requests.delete(volume.volume_id))
        assert volumes.admin.read(f"{directory}/letter") == "was here before"

    def test_that_does_not_exist_is_not_found(self, client, requests, volumes, name, node_paths):
        volume = requests.static_volume(f"static/{name}", f"{volumes.group_path}/no-such-directory")
        assert client.call("NodeStageVolume", requests.stage(volume, node_paths.staging)).code == "NOT_FOUND"
        assert client.call("ValidateVolumeCapabilities", requests.validate(volume)).code == "NOT_FOUND"
        assert not is_mounted(node_paths.staging)
        assert not node_paths.clients()

    def test_may_not_be_the_whole_file_system(self, client, requests, name, node_paths):
        for path in ("/", "//", "/.", "/..", "/volumes/.."):
            volume = requests.static_volume(f"static/{name}", path)
            reply = client.call("NodeStageVolume", requests.stage(volume, node_paths.staging))
            assert reply.code == "INVALID_ARGUMENT", path
            assert "volume_context[path]" in reply.message
        assert not node_paths.clients()


class TestDeletedUnderItsMount:
    @pytest.mark.parametrize("by", ["DeleteVolume", "ceph fs subvolume rm"])
    def test_statistics_say_so_and_the_mount_goes(self, client, requests, cluster, name, node_paths, by):
        """Its directory is then outside of the user's path, and the MDS answers EACCES."""
        volume = client.must("CreateVolume", requests.create(name)).volume
        staging, target = node_paths.staging, node_paths.target(1)
        client.must("NodeStageVolume", requests.stage(volume, staging))
        client.must("NodePublishVolume", requests.publish(volume, staging, target))
        (target / "file").write_text("text")
        if by == "DeleteVolume":
            client.must("DeleteVolume", requests.delete(volume.volume_id))
        else:
            short = volume.volume_id.split(":")[-1]
            cluster.ceph("fs", "subvolume", "rm", cluster["FS"], short, "--group_name", cluster["GROUP"])

        def condition():
            return client.must("NodeGetVolumeStats", requests.stats(volume, target, staging)).volume_condition

        deadline = time.monotonic() + 15
        while not condition().abnormal:
            assert time.monotonic() < deadline, "a deleted volume counts as normal"
            time.sleep(0.2)
        assert "privileged" not in condition().message and "delete" in condition().message, condition()
        client.must("NodeUnpublishVolume", requests.unpublish(volume, target))
        client.must("NodeUnstageVolume", requests.unstage(volume, staging))


class TestReadOnly:
    def test_a_read_only_publish_can_be_read_and_not_written(self, client, requests, name, node_paths):
        volume = client.must("CreateVolume", requests.create(name)).volume
        writer, reader = node_paths.target(1), node_paths.target(2)
        client.must("NodeStageVolume", requests.stage(volume, node_paths.staging))
        client.must("NodePublishVolume", requests.publish(volume, node_paths.staging, writer))
        client.must("NodePublishVolume", requests.publish(volume, node_paths.staging, reader, readonly=True))
        (writer / "file").write_text("text")
        assert (reader / "file").read_text() == "text"
        with pytest.raises(OSError) as caught:
            (reader / "other").write_text("text")
        assert caught.value.errno == errno.EROFS
        assert mounts(reader)[0].read_only and not mounts(writer)[0].read_only
        for target in (writer, reader):
            client.must("NodeUnpublishVolume", requests.unpublish(volume, target))
        client.must("NodeUnstageVolume", requests.unstage(volume, node_paths.staging))
        client.must("DeleteVolume", requests.delete(volume.volume_id))

    def test_the_same_target_with_the_other_flag_already_exists(self, client, requests, name, node_paths):
        volume = client.must("CreateVolume", requests.create(name)).volume
        target = node_paths.target()
        client.must("NodeStageVolume", requests.stage(volume, node_paths.staging))
        client.must("NodePublishVolume", requests.publish(volume, node_paths.staging, target))
        reply = client.call("NodePublishVolume", requests.publish(volume, node_paths.staging, target, readonly=True))
        assert reply.code == "ALREADY_EXISTS"
        (target / "still").write_text("writable")
        client.must("NodeUnpublishVolume", requests.unpublish(volume, target))
        client.must("NodeUnstageVolume", requests.unstage(volume, node_paths.staging))
        client.must("DeleteVolume", requests.delete(volume.volume_id))

    @pytest.mark.parametrize("mode", ["SINGLE_NODE_READER_ONLY", "MULTI_NODE_READER_ONLY"])
    def test_reader_modes_mount_read_only(self, client, requests, name, node_paths, mode):
        volume = client.must("CreateVolume", requests.create(name, mode=mode)).volume
        target = node_paths.target()
        client.must("NodeStageVolume", requests.stage(volume, node_paths.staging, mode=mode))
        client.must("NodePublishVolume", requests.publish(volume, node_paths.staging, target, mode=mode))
        with pytest.raises(OSError) as caught:
            (target / "file").write_text("text")
        assert caught.value.errno == errno.EROFS
        client.must("NodeUnpublishVolume", requests.unpublish(volume, target))
        client.must("NodeUnstageVolume", requests.unstage(volume, node_paths.staging))
        client.must("DeleteVolume", requests.delete(volume.volume_id))


class TestAccessModes:
    """The spec's table of second publishes (NodePublishVolume)."""

    @pytest.mark.parametrize(
        ("mode", "second"),
        [
            ("SINGLE_NODE_WRITER", ("OK", "FAILED_PRECONDITION")),
            ("SINGLE_NODE_SINGLE_WRITER", ("FAILED_PRECONDITION",)),
            ("SINGLE_NODE_MULTI_WRITER", ("OK",)),
            ("MULTI_NODE_SINGLE_WRITER", ("OK",)),
            ("MULTI_NODE_MULTI_WRITER", ("OK",)),
        ],
    )
    def test_a_second_target(self, client, requests, name, node_paths, mode, second):
        volume = client.must("CreateVolume", requests.create(name, mode=mode)).volume
        client.must("NodeStageVolume", requests.stage(volume, node_paths.staging, mode=mode))
        one, two = node_paths.target(1), node_paths.target(2)
        client.must("NodePublishVolume", requests.publish(volume, node_paths.staging, one, mode=mode))
        (one / "file").write_text("text")
        reply = client.call("NodePublishVolume", requests.publish(volume, node_paths.staging, two, mode=mode))
        assert reply.code in second
        if reply.ok:
            assert (two / "file").read_text() == "text"
        else:
            assert not is_mounted(two)
            assert re.search(r"one target|published|single", reply.message, re.I)
        client.must("NodeUnpublishVolume", requests.unpublish(volume, one))
        # What the first target held, the second may have now, whatever the mode.
        client.must("NodePublishVolume", requests.publish(volume, node_paths.staging, two, mode=mode))
        client.must("NodeUnpublishVolume", requests.unpublish(volume, two))
        client.must("NodeUnstageVolume", requests.unstage(volume, node_paths.staging))
        client.must("DeleteVolume", requests.delete(volume.volume_id))


class TestOrder:
    def test_publishing_what_is_not_staged_is_a_failed_precondition(self, client, requests, name, node_paths):
        volume = client.must("CreateVolume", requests.create(name)).volume
        target = node_paths.target()
        reply = client.call("NodePublishVolume", requests.publish(volume, node_paths.staging, target))
        assert reply.code == "FAILED_PRECONDITION"
        assert "stag" in reply.message
        assert not is_mounted(target)
        client.must("DeleteVolume", requests.delete(volume.volume_id))

    def test_staging_a_volume_that_does_not_exist_is_not_found(self, client, requests, name, node_paths):
        volume = client.must("CreateVolume", requests.create(name)).volume
        client.must("DeleteVolume", requests.delete(volume.volume_id))
        reply = client.call("NodeStageVolume", requests.stage(volume, node_paths.staging))
        assert reply.code == "NOT_FOUND"
        assert not is_mounted(node_paths.staging)
        assert not node_paths.clients()

    def test_another_volume_at_the_same_staging_path_already_exists(self, client, requests, name, node_paths):
        one = client.must("CreateVolume", requests.create(name + "a")).volume
        two = client.must("CreateVolume", requests.create(name + "b")).volume
        client.must("NodeStageVolume", requests.stage(one, node_paths.staging))
        assert client.call("NodeStageVolume", requests.stage(two, node_paths.staging)).code == "ALREADY_EXISTS"
        client.must("NodeUnstageVolume", requests.unstage(one, node_paths.staging))
        for volume in (one, two):
            client.must("DeleteVolume", requests.delete(volume.volume_id))

    def test_a_restarted_plugin_goes_on_where_the_old_one_stopped(self, plugins, requests, name, node_paths):
        """The mount table is the state: a plugin that never saw the mounts publishes, measures and undoes them."""
        old = plugins().start()
        volume = old.client.must("CreateVolume", requests.create(name)).volume
        one, two = node_paths.target(1), node_paths.target(2)
        old.client.must("NodeStageVolume", requests.stage(volume, node_paths.staging))
        old.client.must("NodePublishVolume", requests.publish(volume, node_paths.staging, one))
        (one / "file").write_text("kept")
        old.kill()
        assert (one / "file").read_text() == "kept", "a mount outlives the plugin"
        new = plugins(directory=old.directory).start().client
        new.must("NodeStageVolume", requests.stage(volume, node_paths.staging))
        new.must("NodePublishVolume", requests.publish(volume, node_paths.staging, two))
        assert (two / "file").read_text() == "kept"
        new.must("NodeGetVolumeStats", requests.stats(volume, two, node_paths.staging))
        for target in (one, two):
            new.must("NodeUnpublishVolume", requests.unpublish(volume, target))
        new.must("NodeUnstageVolume", requests.unstage(volume, node_paths.staging))
        new.must("DeleteVolume", requests.delete(volume.volume_id))


class TestRoles:
    def test_a_node_serves_no_controller(self, plugins):
        client = plugins(role="node").start().client
        assert client.call("CreateVolume").code == "UNIMPLEMENTED"
        assert client.call("NodeGetInfo").ok
        kinds = [one.service.type for one in client.must("GetPluginCapabilities").capabilities]
        assert csi.PluginCapability.Service.CONTROLLER_SERVICE not in kinds

    def test_a_controller_serves_no_node(self, plugins, requests, name):
        client = plugins(role="controller").start().client
        assert client.call("NodeGetInfo").code == "UNIMPLEMENTED"
        volume = client.must("CreateVolume", requests.create(name)).volume
        client.must("DeleteVolume", requests.delete(volume.volume_id))

    def test_two_controllers_share_a_cluster(self, plugins, requests, name):
        one = plugins(role="controller").start().client
        two = plugins(role="controller").start().client
        volume = one.must("CreateVolume", requests.create(name)).volume
        assert two.must("CreateVolume", requests.create(name)).volume == volume
        two.must("DeleteVolume", requests.delete(volume.volume_id))
        one.must("DeleteVolume", requests.delete(volume.volume_id))


def test_names_may_be_anything_that_csi_allows(client_of_module, requests, volumes):
    """Names are no paths: whatever they hold, the volume is one safe directory in the group, and one a name."""
    hostile = [
        "..", ".", "../../etc", "/", "/etc/passwd", "a/b", "a/../b", "_staging", "_trash", ".meta", ".snap", "-rf",
        "with space", "tab\tand\nnewline", "ümläut", "日本語", "💾", "a" * 128, "é" * 64, "a:b:c:d", "%2e%2e%2f", "\\..\\",
        "$(id)", "'; --", "a" * 100 + "b", "a" * 100 + "c", "UPPER", "upper", "name.0123456789abcdef0123456789abcdef",
    ]  # fmt: skip
    found = {}
    for name in hostile:
        volume = client_of_module.must("CreateVolume", requests.create(name)).volume
        found[name] = volume
        assert len(volume.volume_id.encode()) <= 128
        path = volume.volume_context["path"]
        assert re.fullmatch(re.escape(volumes.group_path) + r"/[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*", path, re.A), name
        assert client_of_module.must("CreateVolume", requests.create(name)).volume == volume
    assert len({volume.volume_id for volume in found.values()}) == len(hostile)
    for volume in found.values():
        client_of_module.must("DeleteVolume", requests.delete(volume.volume_id))
        assert not volumes.admin.exists(volume.volume_context["path"])


@pytest.fixture
def client_of_module(plugins):
    return plugins().start().client


def test_capabilities_of_one_request_may_be_several(client_of_module, requests, name):
    request = requests.create(name)
    request.volume_capabilities.append(capability("SINGLE_NODE_SINGLE_WRITER"))
    request.volume_capabilities.append(capability("MULTI_NODE_READER_ONLY", fs_type="ceph"))
    volume = client_of_module.must("CreateVolume", request).volume
    client_of_module.must("DeleteVolume", requests.delete(volume.volume_id))
