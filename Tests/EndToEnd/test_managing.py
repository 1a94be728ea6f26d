"""Volumes looked at and changed while they are there: growth, lists, capacity, mutable parameters, the trash."""

import errno
import os
import pathlib
import time

import pytest

from harness.plugin import run_cli
from harness.requests import GiB, MiB
from harness.stubs import csi

OWN = {"credentials": "volume"}


@pytest.fixture
def volume(client, requests, name):
    made = client.must("CreateVolume", requests.create(name, size=64 * MiB)).volume
    yield made
    client.must("ControllerUnpublishVolume", requests.controller_unpublish(made))
    client.must("DeleteVolume", requests.delete(made.volume_id))


def data_path(volume):
    return volume.volume_context["path"]


def listed(client, page=0, token=""):
    """Every volume by its id, by pages of that size."""
    entries = {}
    while True:
        answer = client.must("ListVolumes", csi.ListVolumesRequest(max_entries=page, starting_token=token))
        assert not page or len(answer.entries) <= page
        for entry in answer.entries:
            assert entry.volume.volume_id not in entries, "listed twice"
            entries[entry.volume.volume_id] = entry
        token = answer.next_token
        if not token:
            return entries


class TestExpand:
    def test_a_mounted_volume_grows_under_its_pods(self, client, requests, volume, admin, node_paths):
        staging, target = node_paths.staging, node_paths.target()
        client.must("NodeStageVolume", requests.stage(volume, staging))
        client.must("NodePublishVolume", requests.publish(volume, staging, target))
        try:
            # ceph-fuse notices a used-up quota some megabytes late.
            with pytest.raises(OSError) as full:
                fill(target / "file", 128 * MiB)
            assert full.value.errno == errno.EDQUOT
            answer = client.must("ControllerExpandVolume", requests.expand(volume, 200 * MiB))
            assert (answer.capacity_bytes, answer.node_expansion_required) == (200 * MiB, False)
            assert admin.quota(data_path(volume)) == 200 * MiB
            fill(target / "file", 128 * MiB)
            deadline = time.monotonic() + 10
            while os.statvfs(target).f_blocks * os.statvfs(target).f_frsize != 200 * MiB:
                assert time.monotonic() < deadline, "df does not show the new size"
                time.sleep(0.1)
            node = csi.NodeExpandVolumeRequest(volume_id=volume.volume_id, volume_path=str(target))
            assert client.must("NodeExpandVolume", node).capacity_bytes == 200 * MiB
        finally:
            client.must("NodeUnpublishVolume", requests.unpublish(volume, target))
            client.must("NodeUnstageVolume", requests.unstage(volume, staging))

    def test_never_shrinks_and_the_same_again_succeeds(self, client, requests, volume, admin):
        for _ in range(2):
            answer = client.must("ControllerExpandVolume", requests.expand(volume, 100 * MiB))
            assert answer.capacity_bytes == 100 * MiB
        reply = client.call("ControllerExpandVolume", requests.expand(volume, 10 * MiB, 20 * MiB))
        assert reply.code == "OUT_OF_RANGE" and "don't shrink" in reply.message
        assert admin.quota(data_path(volume)) == 100 * MiB

    def test_the_request_that_made_the_volume_still_finds_it(self, client, requests, volume, name):
        client.must("ControllerExpandVolume", requests.expand(volume, GiB))
        again = client.must("CreateVolume", requests.create(name, size=64 * MiB)).volume
        assert (again.volume_id, again.capacity_bytes) == (volume.volume_id, GiB)


def fill(path, size):
    with open(path, "wb") as file:
        for _ in range(size // MiB):
            file.write(b"x" * MiB)
            file.flush()
            os.fsync(file.fileno())


class TestLists:
    def test_pages_hold_every_volume_once(self, client, requests, name):
        made = {client.must("CreateVolume", requests.create(f"{name}-{number}")).volume.volume_id
                for number in range(7)}  # fmt: skip
        try:
            whole = listed(client)
            for page in (1, 3):
                assert listed(client, page).keys() == whole.keys()
            assert made <= whole.keys()
            for volume_id in made:
                entry = whole[volume_id]
                assert entry.volume.capacity_bytes == 16 * MiB
                assert not entry.status.published_node_ids and not entry.status.volume_condition.abnormal
            # A page goes on behind a volume that is gone.
            first = client.must("ListVolumes", csi.ListVolumesRequest(max_entries=1))
            [gone] = [entry.volume.volume_id for entry in first.entries]
            if gone in made:
                client.must("DeleteVolume", requests.delete(gone))
                assert listed(client, token=first.next_token).keys() == whole.keys() - {gone}
        finally:
            for volume_id in made:
                client.must("DeleteVolume", requests.delete(volume_id))

    def test_published_nodes_are_shown_until_they_let_go(self, client, requests, name):
        volume = client.must("CreateVolume", requests.create(name, parameters=OWN)).volume
        node = client.must("NodeGetInfo").node_id

        def nodes():
            one = client.must("ControllerGetVolume", requests.get(volume))
            entry = listed(client)[volume.volume_id]
            assert list(entry.status.published_node_ids) == list(one.status.published_node_ids)
            return list(one.status.published_node_ids)

        assert nodes() == []
        client.must("ControllerPublishVolume", requests.controller_publish(volume, node))
        assert nodes() == [node]
        client.must("ControllerUnpublishVolume", requests.controller_unpublish(volume, node))
        assert nodes() == []
        client.must("DeleteVolume", requests.delete(volume.volume_id))

    def test_a_volume_without_its_data_is_abnormal(self, client, requests, name, admin):
        volume = client.must("CreateVolume", requests.create(name)).volume
        admin.mount.rmdir(data_path(volume))
        request = requests.get(volume)
        condition = client.must("ControllerGetVolume", request).status.volume_condition
        assert condition.abnormal and "is missing" in condition.message
        assert listed(client)[volume.volume_id].status.volume_condition.abnormal
        client.must("DeleteVolume", requests.delete(volume.volume_id))
        assert client.call("ControllerGetVolume", request).code == "NOT_FOUND"


def configuration(path, cluster, *lines):
    """A file with the entry `dev` and these lines more."""
    path.write_text(
        f"clusters:\n  - id: dev\n    monitors: [\"{cluster['MONITORS'].split(',')[0]}\"]\n"
        f"    filesystem: {cluster['FS']}\n" + "".join(f"    {line}\n" for line in lines)
    )
    return path


class TestWithoutSecrets:
    def test_the_last_accepted_user_serves_where_none_is_configured(self, plugins, scratch, cluster, requests, name):
        config = configuration(scratch / "plain.yaml", cluster)
        client = plugins(role="controller", config=config).start().client
        reply = client.call("ListVolumes")
        assert reply.code == "FAILED_PRECONDITION"
        assert "keyFile" in reply.message and "CreateVolume" in reply.message
        volume = client.must("CreateVolume", requests.create(name)).volume
        assert volume.volume_id in listed(client)
        client.must("DeleteVolume", requests.delete(volume.volume_id))

    def test_a_configured_user_serves_at_once(self, plugins, scratch, cluster):
        key_file = cluster["PROVISIONER_KEY_FILE"]
        lines = (f"user: {cluster['PROVISIONER_ID']}", f"keyFile: {key_file}")
        plugin = plugins(role="controller", config=configuration(scratch / "standing.yaml", cluster, *lines)).start()
        assert plugin.client.call("ListVolumes").ok
        assert plugin.client.must("GetCapacity").available_capacity > 0
        assert pathlib.Path(key_file).read_text().strip() not in plugin.log()


class TestCapacity:
    def test_is_what_the_pool_has_room_for(self, client, requests, volume):
        answer = client.must("GetCapacity", requests.capacity())
        assert answer.available_capacity > GiB
        assert answer.minimum_volume_size.value == 4 * MiB
        wrong = requests.capacity(dataPool="no-such-pool")
        reply = client.call("GetCapacity", wrong)
        assert reply.code == "INVALID_ARGUMENT" and "parameters[dataPool]" in reply.message


class TestModify:
    def test_sets_the_limit_of_files_and_takes_it_off(self, client, requests, volume, admin):
        for value in ("1000", "1000", "0"):
            assert client.call("ControllerModifyVolume", requests.modify(volume, maxFiles=value)).ok
            assert int(admin.attribute(data_path(volume), "ceph.quota.max_files") or 0) == int(value)

    def test_the_pool_of_a_volume_with_a_namespace_stays(self, client, requests, volume):
        reply = client.call("ControllerModifyVolume", requests.modify(volume, dataPool="another-pool"))
        assert reply.code == "INVALID_ARGUMENT"
        assert "mutable_parameters[dataPool]" in reply.message and "isolation" in reply.message

    def test_a_new_volume_gets_them(self, client, requests, name, admin):
        request = requests.create(name)
        request.mutable_parameters["maxFiles"] = "77"
        volume = client.must("CreateVolume", request).volume
        assert admin.attribute(data_path(volume), "ceph.quota.max_files") == "77"
        client.must("DeleteVolume", requests.delete(volume.volume_id))


class TestTrash:
    @pytest.fixture
    def config(self, scratch, cluster):
        return configuration(scratch / "trash.yaml", cluster, "trashRetention: 1h")

    def cli(self, cluster, config, *words):
        access = ("--config", str(config), "--user", cluster["PROVISIONER_ID"])
        command, *rest = words
        return run_cli("trash", command, *access, "--key-file", cluster["PROVISIONER_KEY_FILE"], *rest)

    def test_a_deleted_volume_is_restored_with_its_data(self, plugins, config, requests, cluster, name, admin):
        client = plugins(role="controller", config=config).start().client
        volume = client.must("CreateVolume", requests.create(name)).volume
        admin.write(f"{data_path(volume)}/file", "kept")
        client.must("DeleteVolume", requests.delete(volume.volume_id))
        assert not admin.exists(data_path(volume))
        found = self.cli(cluster, config, "list")
        assert found.returncode == 0, found.stderr
        [line] = [line.split() for line in found.stdout.splitlines() if volume.volume_id in line]
        assert line[1] == volume.volume_id and line[2].isdigit()
        restored = self.cli(cluster, config, "restore", volume.volume_id)
        assert restored.returncode == 0, restored.stderr
        assert admin.read(f"{data_path(volume)}/file") == "kept"
        assert client.must("CreateVolume", requests.create(name)).volume == volume
        again = self.cli(cluster, config, "restore", volume.volume_id)
        assert again.returncode == 1 and "in the trash" in again.stderr
        client.must("DeleteVolume", requests.delete(volume.volume_id))
        purged = self.cli(cluster, config, "purge", volume.volume_id)
        assert purged.returncode == 0, purged.stderr
        assert volume.volume_id not in self.cli(cluster, config, "list").stdout

    def test_the_backlog_is_a_metric(self, plugins, scratch):
        page = scratch / "metrics.prom"
        controller = plugins(role="controller", options=["--metrics-file", str(page)]).start()
        assert "\ncephfs_csi_trash_backlog 0\n" in page.read_text()
        controller.stop()
