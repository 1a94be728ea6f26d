"""Where volumes lie, who sees them there, and how far the provisioner's user reaches."""

import subprocess

import cephfs
import pytest

from harness.admin import VolumesView
from harness.mounts import is_mounted
from harness.requests import MiB


def mounted_as(cluster, user, key, path):
    """Mounts `path` as an ordinary client would and lists it; the error's class name, or None when it works."""
    client = cephfs.LibCephFS(auth_id=user)
    for option, value in {
        "mon_host": cluster["MONITORS"], "key": key, "keyring": "/dev/null", "client_mount_timeout": "10",
    }.items():  # fmt: skip
        client.conf_set(option, value)
    try:
        client.mount(mount_root=path.encode(), filesystem_name=cluster["FS"].encode())
        client.closedir(client.opendir(b"/"))
        client.unmount()
        return None
    except cephfs.Error as error:
        return type(error).__name__
    finally:
        client.shutdown()


class TestDirectories:
    def test_another_cluster_entry_has_its_own_root_group_and_users(self, client, blue, admin, cluster, name, volumes):
        view = VolumesView(admin, cluster["BLUE_ROOT"], cluster["BLUE_GROUP"])
        volume = client.must("CreateVolume", blue.create(name)).volume
        assert volume.volume_context["path"].startswith(f"{view.group_path}/")
        assert volume.volume_id.startswith(f"blue:{cluster['FS']}:{cluster['BLUE_GROUP']}:")
        directory = volume.volume_id.split(":")[-1]
        assert view.flaw(directory) is None
        assert directory not in volumes.volumes()
        client.must("DeleteVolume", blue.delete(volume.volume_id))
        assert directory not in view.volumes()
        assert view.staging() == []

    def test_a_volume_of_the_other_root_is_mounted_by_its_own_user(self, client, blue, name, node_paths):
        volume = client.must("CreateVolume", blue.create(name)).volume
        target = node_paths.target()
        client.must("NodeStageVolume", blue.stage(volume, node_paths.staging))
        client.must("NodePublishVolume", blue.publish(volume, node_paths.staging, target))
        (target / "file").write_text("text")
        client.must("NodeUnpublishVolume", blue.unpublish(volume, target))
        client.must("NodeUnstageVolume", blue.unstage(volume, node_paths.staging))
        client.must("DeleteVolume", blue.delete(volume.volume_id))

    def test_a_group_can_be_named_by_the_storage_class(self, client, requests, admin, cluster, name):
        view = VolumesView(admin, cluster["ROOT"], f"team-{name}"[:40])
        volume = client.must("CreateVolume", requests.create(name, parameters={"group": view.group})).volume
        assert volume.volume_context["path"].startswith(f"{view.group_path}/")
        assert view.flaw(volume.volume_id.split(":")[-1]) is None
        client.must("DeleteVolume", requests.delete(volume.volume_id))

    def test_the_same_name_in_two_groups_is_two_volumes(self, client, requests, name):
        one = client.must("CreateVolume", requests.create(name)).volume
        two = client.must("CreateVolume", requests.create(name, parameters={"group": "second"})).volume
        assert one.volume_id != two.volume_id
        client.must("DeleteVolume", requests.delete(one.volume_id))
        again = client.must("CreateVolume", requests.create(name, parameters={"group": "second"})).volume
        assert again == two
        client.must("DeleteVolume", requests.delete(two.volume_id))

    def test_trash_and_staging_are_emptied(self, client, requests, volumes, name, cluster):
        volume = client.must("CreateVolume", requests.create(name)).volume
        path = volume.volume_context["path"]
        for number in range(20):
            volumes.admin.make_directory(f"{path}/deep/{number}")
            volumes.admin.write(f"{path}/deep/{number}/file", "text")
        client.must("DeleteVolume", requests.delete(volume.volume_id))
        cluster.wait_until(lambda: volumes.trash() == [], 30, "the trash is purged")
        assert volumes.staging() == []


class TestCephsOwnTools:
    def test_fs_subvolume_lists_and_reads_the_plugin_s_volumes(self, client, requests, cluster, name):
        volume = client.must("CreateVolume", requests.create(name, size=24 * MiB)).volume
        fs, group, subvolume = cluster["FS"], cluster["GROUP"], volume.volume_id.split(":")[-1]
        listed = cluster.ceph("fs", "subvolume", "ls", fs, "--group_name", group)
        assert {"name": subvolume} in listed
        info = cluster.ceph("fs", "subvolume", "info", fs, subvolume, "--group_name", group)
        assert info["path"] == volume.volume_context["path"]
        assert info["bytes_quota"] == 24 * MiB
        assert info["state"] == "complete"
        path = cluster.ceph("fs", "subvolume", "getpath", fs, subvolume, "--group_name", group)
        assert path == volume.volume_context["path"]
        client.must("DeleteVolume", requests.delete(volume.volume_id))
        assert {"name": subvolume} not in cluster.ceph("fs", "subvolume", "ls", fs, "--group_name", group)

    def test_the_mgr_shows_neither_staging_nor_trash_as_volumes(self, client, requests, cluster, name):
        volume = client.must("CreateVolume", requests.create(name)).volume
        client.must("DeleteVolume", requests.delete(volume.volume_id))
        listed = {one["name"] for one in cluster.ceph("fs", "subvolume", "ls", cluster["FS"], "--group_name", "csi")}
        assert not [one for one in listed if one.startswith("_") or name in one]


class TestReach:
    """The users that docs/caps.md recommends can do what they must, and nothing outside."""

    @pytest.mark.parametrize(
        ("path", "allowed"),
        [("/volumes", True), ("/", False), ("/tenants", False), ("/tenants/blue", False)],
    )
    def test_the_provisioner_is_confined_to_its_root(self, cluster, path, allowed):
        error = mounted_as(cluster, cluster["PROVISIONER_ID"], cluster.key("PROVISIONER"), path)
        assert (error is None) == allowed, f"{path}: {error}"

    @pytest.mark.parametrize("path", ["/", "/tenants/blue"])
    def test_ceph_fuse_refuses_the_provisioner_outside_too(self, cluster, scratch, path):
        point, keyring = scratch / "outside", scratch / "keyring"
        point.mkdir(exist_ok=True)
        keyring.touch(0o600)
        keyring.write_text(f"[client.{cluster['PROVISIONER_ID']}]\n\tkey = {cluster.key('PROVISIONER')}\n")
        done = subprocess.run(
            ["ceph-fuse", "-c", "/dev/null", "-m", cluster["MONITORS"], "-n", f"client.{cluster['PROVISIONER_ID']}",
             "-k", str(keyring), "-r", path, f"--client_fs={cluster['FS']}", str(point)],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60,
        )  # fmt: skip
        assert done.returncode != 0
        assert not is_mounted(point)

    @pytest.mark.parametrize(
        ("path", "allowed"),
        [("/volumes/csi", True), ("/volumes", False), ("/", False), ("/tenants/blue/apps", False)],
    )
    def test_the_node_s_user_is_confined_to_its_group(self, client, requests, cluster, name, path, allowed):
        volume = client.must("CreateVolume", requests.create(name)).volume
        error = mounted_as(cluster, cluster["NODE_ID"], cluster.key("NODE"), path)
        assert (error is None) == allowed, f"{path}: {error}"
        client.must("DeleteVolume", requests.delete(volume.volume_id))

    def test_another_root_s_provisioner_is_refused_by_name_of_the_cap(self, client, requests, blue, name):
        reply = client.call("CreateVolume", requests.create(name, secrets=blue.admin))
        assert reply.code == "PERMISSION_DENIED"
        assert "path=/volumes" in reply.message
        reply = client.call("CreateVolume", blue.create(name, secrets=requests.admin))
        assert reply.code == "PERMISSION_DENIED"
        assert "path=/tenants/blue" in reply.message

    def test_another_root_s_user_can_t_stage(self, client, requests, blue, name, node_paths):
        volume = client.must("CreateVolume", requests.create(name)).volume
        reply = client.call("NodeStageVolume", requests.stage(volume, node_paths.staging, secrets=blue.user))
        assert reply.code == "PERMISSION_DENIED"
        assert not is_mounted(node_paths.staging)
        client.must("DeleteVolume", requests.delete(volume.volume_id))

    def test_the_root_of_the_file_system_is_never_mounted(self, client, requests, blue, cluster, name, node_paths):
        """The MDS knows what its clients mounted. Everything but the administrator's tools and the mgr is looked at."""
        volume = client.must("CreateVolume", requests.create(name)).volume
        client.must("NodeStageVolume", requests.stage(volume, node_paths.staging))
        other = client.must("CreateVolume", blue.create(name)).volume
        roots = {}
        for session in cluster.sessions():
            metadata = session["client_metadata"]
            # A client says what it mounts when it mounts; a session that only takes over a killed one's has not.
            if metadata.get("entity_id", "").startswith("csi-") and "root" in metadata:
                roots.setdefault(metadata["entity_id"], set()).add(metadata["root"])
        assert roots[cluster["PROVISIONER_ID"]] == {"/volumes"}
        assert roots[cluster["BLUE_PROVISIONER_ID"]] == {"/tenants/blue"}
        assert roots[cluster["NODE_ID"]] == {volume.volume_context["path"]}
        client.must("NodeUnstageVolume", requests.unstage(volume, node_paths.staging))
        client.must("DeleteVolume", requests.delete(volume.volume_id))
        client.must("DeleteVolume", blue.delete(other.volume_id))
