"""`cephfs-csi volume`: directories of other origin become volumes, volumes become PersistentVolumes, both are compared."""

import json
import pathlib
import subprocess
import time

import pytest
import yaml

from harness.foreign import Foreign, VolumeCommand, metadata
from harness.persistentvolumes import mounted, secret_of
from harness.plugin import binary, run_cli
from harness.requests import MiB, Requests
from harness.stubs import csi

ADOPTER = "csi-e2e-adopter"
EXPECTED = pathlib.Path(__file__).parent / "expected" / "exported.yaml"


@pytest.fixture(scope="module")
def adopter(cluster, tmp_path_factory):
    """A provisioner whose caps `cephfs-csi caps` prints for adopted volumes; its id and key."""
    printed = run_cli(
        "caps", "provisioner", "--config", cluster["CONFIG"], "--cluster", "dev", "--id", ADOPTER, "--isolation", "namespace",
        "--isolation", "path", "--adopted-namespace", "fsvolumens_", "--data-pool", cluster["DATA_POOL"],
    )  # fmt: skip
    assert printed.returncode == 0, printed.stderr
    command = printed.stdout.replace("ceph auth", f'ceph -c "{cluster["CONF"]}" auth', 1)
    subprocess.run(["bash", "-euc", command], check=True, capture_output=True)
    key = cluster.key_of(ADOPTER)
    file = tmp_path_factory.mktemp("adopter") / "key"
    file.write_text(key)
    yield {"id": ADOPTER, "key": key, "file": file}
    cluster.monitor("auth rm", entity=f"client.{ADOPTER}")


@pytest.fixture
def command(cluster, adopter):
    return VolumeCommand(cluster["CONFIG"], adopter["id"], adopter["file"])


@pytest.fixture
def foreign(admin, cluster):
    return Foreign(admin, cluster, cluster["ROOT"])


@pytest.fixture
def own(cluster, adopter):
    """Requests with that provisioner's secrets."""
    requests = Requests(cluster)
    requests.admin = {"adminID": adopter["id"], "adminKey": adopter["key"]}
    return requests


def adopted(command, path, *words):
    command("adopt", "--cluster", "dev", "--path", path, *words)
    [volume] = [one for one in json.loads(command("list", "--cluster", "dev", "-o", "json"))
                if one.get("adoptedFrom", "").startswith(path) or one["dataPath"] == path]  # fmt: skip
    return csi.Volume(volume_id=volume["id"], volume_context=volume["volumeAttributes"])


def state(admin, data):
    """Of a subvolume, all that adopting it could change, but for the plugin's own attributes."""
    base = data.rsplit("/", 1)[0]
    names = ("ceph.quota.max_bytes", "ceph.dir.layout.pool", "ceph.dir.layout.pool_namespace")
    about = [(admin.attribute(path, name), admin.mode(path)) for path in (base, data) for name in names]
    return about, admin.names(base), admin.names(data), admin.read(f"{base}/.meta")


def lives(client, own, admin, cluster, volume, node_paths):
    """Published with a user of its own, read and written, grown, snapshotted, deleted."""
    with mounted(client, own, volume, node_paths) as target:
        assert (target / "letter").read_text() == "kept"
        (target / "answer").write_text("written")
        [user] = cluster.users_of(volume)
        assert cluster.users("")[user]["mds"].endswith(volume.volume_context["path"])
        assert (target / "answer").read_text() == "written"
    assert cluster.users_of(volume) == [], "the last node takes the user along"
    answer = client.must("ControllerExpandVolume", own.expand(volume, 128 * MiB))
    assert answer.capacity_bytes == 128 * MiB == admin.quota(volume.volume_context["path"])
    snapshot = client.must("CreateSnapshot", own.snapshot(f"s-{volume.volume_id[-20:]}", volume)).snapshot
    assert snapshot.ready_to_use
    client.must("DeleteSnapshot", own.delete_snapshot(snapshot))
    client.must("DeleteVolume", own.delete(volume.volume_id))
    assert not admin.exists(volume.volume_context["path"]) and cluster.users_of(volume) == []


class TestAdopt:
    @pytest.mark.parametrize("isolated", [True, False], ids=["namespace", "no namespace"])
    def test_a_volume_of_cephfs_provisioner_lives_on(
        self, client, own, command, foreign, admin, cluster, node_paths, isolated
    ):
        path = foreign.of_cephfs_provisioner(quota=64 * MiB, isolated=isolated)
        volume = adopted(command, path)
        assert not admin.exists(path)
        with mounted(client, own, volume, node_paths):
            [user] = cluster.users_of(volume)
            osd = cluster.users("")[user]["osd"]
        name = path.rsplit("/", 1)[1]
        assert osd.endswith(f"namespace=fsvolumens_{name}") if isolated else osd == "allow rw tag cephfs data=cephfs", osd
        lives(client, own, admin, cluster, volume, node_paths)

    @pytest.mark.parametrize("isolated", [True, False], ids=["namespace", "no namespace"])
    def test_a_subvolume_of_ceph_csi_stays_where_it_is_and_lives_on(
        self, client, own, command, foreign, admin, cluster, node_paths, isolated
    ):
        data = foreign.of_ceph_csi(isolated=isolated)
        before = state(admin, data)
        volume = adopted(command, data)
        assert volume.volume_context["path"] == data
        assert state(admin, data) == before, "the guide says how to go back"
        name = data.split("/")[3]
        info = cluster.ceph("fs", "subvolume", "info", "cephfs", name, "--group_name", "csi")
        assert info["path"] == data and info["state"] == "complete"
        lives(client, own, admin, cluster, volume, node_paths)

    def test_a_subvolume_of_version_1_becomes_one_of_version_2(
        self, client, own, command, foreign, admin, cluster, node_paths
    ):
        data = foreign.of_version_1()
        base = data.rsplit("/", 1)[0]
        volume = adopted(command, base)
        assert metadata(admin, f"{base}/.meta") == {
            "version": "2", "type": "subvolume", "path": data, "state": "complete",
        }  # fmt: skip
        lives(client, own, admin, cluster, volume, node_paths)

    def test_a_version_1_with_snapshots_and_an_incomplete_one_are_refused(self, command, foreign, admin):
        data = foreign.of_version_1()
        admin.mount.mkdir(f"{data}/.snap/s1", 0o755)
        try:
            message = command("adopt", "--cluster", "dev", "--path", data, code=1)
            assert "snapshot s1" in message and "snapshot rm" in message
        finally:
            admin.mount.rmdir(f"{data}/.snap/s1")
        base = data.rsplit("/", 1)[0]
        admin.write(f"{base}/.meta", admin.read(f"{base}/.meta").replace("complete", "snapshot-retained"))
        assert "state snapshot-retained" in command("adopt", "--cluster", "dev", "--path", data, code=1)

    def test_the_ordinary_provisioner_is_told_which_cap_it_lacks(self, cluster, foreign, admin):
        ordinary = VolumeCommand(cluster["CONFIG"], cluster["PROVISIONER_ID"], cluster["PROVISIONER_KEY_FILE"])
        path = foreign.of_cephfs_provisioner(isolated=False, quota=MiB)
        message = ordinary("adopt", "--cluster", "dev", "--path", path, code=1)
        assert "OSD cap 'allow rw tag cephfs data=cephfs'" in message, message
        assert admin.read(f"{path}/letter") == "kept"

    def test_who_has_the_directory_open_goes_on(self, client, own, command, foreign, admin):
        path = foreign.of_cephfs_provisioner(quota=MiB)
        handle = admin.mount.open(f"{path}/letter", "r+", 0o644)
        volume = adopted(command, path)
        admin.mount.write(handle, b"more", 4)
        admin.mount.close(handle)
        assert admin.read(f"{volume.volume_context['path']}/letter") == "keptmore"
        client.must("DeleteVolume", own.delete(volume.volume_id))

    def test_killed_at_any_moment_nothing_is_lost_and_the_same_command_finishes(
        self, client, own, command, foreign, admin, cluster
    ):
        """Data is at its old place or at its new one; what is listed is whole."""
        seen = set()
        for number in range(10):
            path = foreign.of_cephfs_provisioner(quota=MiB)
            words = [binary(), "volume", "adopt", *command.access, "--cluster", "dev", "--path", path]
            process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(0.03 * 1.6**number)
            process.kill()
            process.wait(10)
            # First of all a command of the same name: it ends the session of the one that was killed.
            listed = [one for one in json.loads(command("list", "--cluster", "dev", "-o", "json"))
                      if one.get("adoptedFrom") == path]  # fmt: skip
            base = f"{cluster['ROOT']}/csi/{path.rsplit('/', 1)[1]}"
            moved = [f"{base}/{one}" for one in admin.names(base) if not one.startswith(".")]
            [place] = moved + ([path] if admin.exists(path) else [])
            assert admin.read(f"{place}/letter") == "kept"
            assert all(place == one["dataPath"] and not one["abnormal"] for one in listed)
            seen.add((bool(admin.exists(base)), bool(moved), bool(listed)))
            volume = adopted(command, path)
            assert admin.read(f"{volume.volume_context['path']}/letter") == "kept"
            client.must("DeleteVolume", own.delete(volume.volume_id))
        assert {(False, False, False), (True, True, True)} <= seen, f"killed too early or too late each time: {seen}"
        print(f"states seen: {seen}")
        # What was half-made for them is swept after an hour; other tests look at once.
        for entry in admin.names(f"{cluster['ROOT']}/_staging"):
            if entry.startswith("kubernetes-dynamic-pvc-"):
                admin.remove_tree(f"{cluster['ROOT']}/_staging/{entry}")

    def test_a_copy_of_an_adopted_volume_has_a_namespace_of_its_own(self, client, own, command, foreign, admin, name):
        volume = adopted(command, foreign.of_ceph_csi())
        snapshot = client.must("CreateSnapshot", own.snapshot(f"{name}-s", volume)).snapshot
        request = own.create(name, size=64 * MiB, parameters={"isolation": "namespace"}, source=snapshot)
        copy = client.must("CreateVolume", request).volume
        path = copy.volume_context["path"]
        assert admin.read(f"{path}/letter") == "kept"
        assert admin.attribute(path, "ceph.dir.layout.pool_namespace") == f"cephfs-csi-{path.rsplit('/', 1)[1]}"
        client.must("DeleteSnapshot", own.delete_snapshot(snapshot))
        for one in (copy, volume):
            client.must("DeleteVolume", own.delete(one.volume_id))

    def test_snapshots_of_the_former_owner_are_named_and_stay(self, command, foreign, admin, cluster):
        data = foreign.of_ceph_csi()
        name = data.split("/")[3]
        cluster.ceph("fs", "subvolume", "snapshot", "create", "cephfs", name, "before", "--group_name", "csi")
        message = command("adopt", "--cluster", "dev", "--path", data)
        assert "snapshots that the plugin leaves alone" in message and "before" in message
        listed = cluster.ceph("fs", "subvolume", "snapshot", "ls", "cephfs", name, "--group_name", "csi")
        assert [one["name"] for one in listed] == ["before"]
        cluster.ceph("fs", "subvolume", "snapshot", "rm", "cephfs", name, "before", "--group_name", "csi")

    def test_a_dry_run_changes_nothing(self, command, foreign, admin):
        path = foreign.of_cephfs_provisioner()
        message = command("adopt", "--cluster", "dev", "--path", path, "--capacity", "1Gi", "--dry-run")
        assert "would become" in message and "capacity 1073741824" in message
        assert admin.read(f"{path}/letter") == "kept"
        assert "--no-limit" in command("adopt", "--cluster", "dev", "--path", path, code=1)


class TestExport:
    def test_what_is_exported_mounts_the_volume_after_everything_else_is_lost(
        self, plugins, own, command, cluster, admin, name, node_paths
    ):
        first = plugins().start().client
        made = first.must("CreateVolume", own.create(name, size=64 * MiB, parameters={"credentials": "volume"})).volume
        admin.write(f"{made.volume_context['path']}/letter", "kept")
        text = command("export", made.volume_id, "--claim", "team-a/data", "--storage-class", "cephfs")
        volume, claim = yaml.safe_load_all(text)
        attributes = volume["spec"]["csi"]["volumeAttributes"]
        assert attributes == dict(made.volume_context), "as CreateVolume gave it"
        # Another plugin, with nothing of the first one's.
        second = plugins().start().client
        again = csi.Volume(volume_id=volume["spec"]["csi"]["volumeHandle"], volume_context=attributes)
        with mounted(second, own, again, node_paths) as target:
            assert (target / "letter").read_text() == "kept"
        second.must("DeleteVolume", own.delete(again.volume_id))
        # Tests/Deploy holds this very text against Kubernetes' schemas.
        data = made.volume_context["path"].rsplit("/", 1)[1]
        assert text.replace(name, "NAME").replace(data, "UUID") == EXPECTED.read_text()
        assert claim["spec"]["volumeName"] == volume["metadata"]["name"]

    def test_a_shared_volume_has_the_node_s_secret_and_the_mounter(self, client, requests, command, name):
        made = client.must("CreateVolume", requests.create(name, parameters={"mounter": "fuse"})).volume
        text = command("export", made.volume_id, "--credentials", "shared", "--mounter", "fuse",
                       "--node-secret", "storage/nodes", "--secret", "storage/provisioner")  # fmt: skip
        spec = yaml.safe_load(text)["spec"]
        assert spec["csi"]["volumeAttributes"] == dict(made.volume_context)
        assert secret_of(spec, "nodeStage") == secret_of(spec, "nodePublish") == ("storage", "nodes")
        assert secret_of(spec, "controllerExpand") == ("storage", "provisioner")
        client.must("DeleteVolume", requests.delete(made.volume_id))

    def test_nodes_that_do_not_reach_the_cluster_are_left_out(
        self, client, requests, command, cluster, admin, name, tmp_path
    ):
        made = client.must("CreateVolume", requests.create(name)).volume
        (tmp_path / "config.yaml").write_text(
            f"clusters: [{{id: dev, monitors: ['{cluster['MONITORS']}'], filesystem: {cluster['FS']}, "
            "topology: ['zone=a', 'zone=b,example.com/rack=1']}]\n"
        )
        placed = VolumeCommand(tmp_path / "config.yaml", *command.access[3:6:2])
        affinity = yaml.safe_load(placed("export", made.volume_id))["spec"]["nodeAffinity"]
        expressions = [
            {one["key"]: (one["operator"], one["values"]) for one in term["matchExpressions"]}
            for term in affinity["required"]["nodeSelectorTerms"]
        ]
        assert expressions == [{"zone": ("In", ["a"])}, {"zone": ("In", ["b"]), "example.com/rack": ("In", ["1"])}]
        assert "nodeAffinity" not in command("export", made.volume_id)
        client.must("DeleteVolume", requests.delete(made.volume_id))

    def test_all_exports_every_volume_once_with_names_that_kubernetes_takes(self, client, requests, command, name):
        names = [name, f"{name}_UPPER"]
        made = [client.must("CreateVolume", requests.create(one)).volume for one in names]
        volumes = list(yaml.safe_load_all(command("export", "--all", "--cluster", "dev")))
        found = {one["spec"]["csi"]["volumeHandle"]: one["metadata"]["name"] for one in volumes}
        assert found[made[0].volume_id] == name
        assert found[made[1].volume_id].startswith("cephfs-")
        assert len(set(found.values())) == len(volumes)
        for one in made:
            client.must("DeleteVolume", requests.delete(one.volume_id))


class TestShow:
    def test_show_tells_who_has_the_volume_and_its_snapshots(self, client, own, command, name, node_paths, cluster):
        volume = client.must("CreateVolume", own.create(name, size=64 * MiB, parameters={"credentials": "volume"})).volume
        snapshot = client.must("CreateSnapshot", own.snapshot(f"{name}-s", volume)).snapshot
        with mounted(client, own, volume, node_paths):
            [shown] = json.loads(command("show", volume.volume_id, "-o", "json"))
            [listed] = [one for one in command("list", "--cluster", "dev").splitlines() if volume.volume_id in one]
            users = cluster.users_of(volume)
        assert [one["id"] for one in shown["snapshots"]] == [snapshot.snapshot_id]
        assert [one["node"] for one in shown["nodes"]] == ["e2e-node"]
        assert set(users) <= set(shown["users"]), shown
        assert shown["volumeAttributes"] == dict(volume.volume_context)
        assert listed.split()[1:] == [str(64 * MiB), "0", "e2e-node", "ok", name]
        text = command("show", volume.volume_id)
        for word in (snapshot.snapshot_id, users[0], shown["dataPath"], shown["namespace"], "64"):
            assert word in text
        client.must("DeleteSnapshot", own.delete_snapshot(snapshot))
        client.must("DeleteVolume", own.delete(volume.volume_id))
        assert "no volume" in command("show", volume.volume_id, code=1)

    def test_a_view_of_a_snapshot_is_shown_and_exported_for_readers(self, client, own, command, name):
        volume = client.must("CreateVolume", own.create(name)).volume
        snapshot = client.must("CreateSnapshot", own.snapshot(f"{name}-s", volume)).snapshot
        parameters = {"backingSnapshot": "true", "credentials": "volume"}
        request = own.create(f"{name}-view", mode="MULTI_NODE_READER_ONLY", parameters=parameters, source=snapshot)
        view = client.must("CreateVolume", request).volume
        [shown] = json.loads(command("show", view.volume_id, "-o", "json"))
        assert not shown["abnormal"], shown
        assert shown["volumeAttributes"] == dict(view.volume_context)
        [listed] = [one for one in command("list", "--cluster", "dev").splitlines() if view.volume_id in one]
        assert "ok" in listed.split()
        exported = yaml.safe_load(command("export", view.volume_id))["spec"]
        assert exported["accessModes"] == ["ReadOnlyMany"]
        assert exported["csi"]["volumeAttributes"] == dict(view.volume_context)
        client.must("DeleteVolume", own.delete(view.volume_id))
        client.must("DeleteSnapshot", own.delete_snapshot(snapshot))
        client.must("DeleteVolume", own.delete(volume.volume_id))

    def test_a_volume_that_is_not_whole_is_shown_as_such_and_not_exported(self, client, own, command, name, admin):
        volume = client.must("CreateVolume", own.create(name)).volume
        base = volume.volume_context["path"].rsplit("/", 1)[0]
        record = admin.mount.getxattr(base, "user.csi.volume", 4096)
        admin.mount.setxattr(base, "user.csi.volume", b"nothing", 0)
        [shown] = json.loads(command("show", volume.volume_id, "-o", "json"))
        assert shown["abnormal"] and "is not a volume's record" in shown["condition"]
        [listed] = [one for one in command("list", "--cluster", "dev").splitlines() if volume.volume_id in one]
        assert "abnormal" in listed
        assert f"{volume.volume_id} is skipped" in command("export", volume.volume_id, code=1)
        admin.mount.setxattr(base, "user.csi.volume", record, 0)
        client.must("DeleteVolume", own.delete(volume.volume_id))


class TestAudit:
    def test_it_finds_what_only_one_side_has(self, client, own, command, name, tmp_path):
        others = tmp_path / "others.yaml"
        others.write_text(command("export", "--all", "--cluster", "dev"))
        kept, lost, unclaimed = (f"{name}-{word}" for word in ("kept", "lost", "unclaimed"))
        made = {one: client.must("CreateVolume", own.create(one)).volume for one in (kept, lost, unclaimed)}
        for one in (kept, lost):
            (tmp_path / f"{one}.yaml").write_text(command("export", made[one].volume_id))
        files = [str(others), *(str(tmp_path / f"{one}.yaml") for one in (kept, lost))]
        client.must("DeleteVolume", own.delete(made[lost].volume_id))
        lines = command("audit", "--cluster", "dev", "--persistent-volumes", *files, code=2).splitlines()
        assert lines == [
            f"unclaimed volume {made[unclaimed].volume_id}: no PersistentVolume has it",
            f"missing volume {made[lost].volume_id} of PersistentVolume {lost}: it does not exist",
        ]
        # As kubectl prints them: one list, in JSON. Others' volumes and static ones mean nothing here.
        [volume] = yaml.safe_load_all((tmp_path / f"{kept}.yaml").read_text())
        other = {**volume, "spec": {**volume["spec"], "csi": {"driver": "other.example.com", "volumeHandle": "x"}}}
        static = {**volume, "spec": {"csi": {"driver": "cephfs.csi.swift", "volumeHandle": "any",
                                             "volumeAttributes": {"static": "true"}}}}  # fmt: skip
        client.must("DeleteVolume", own.delete(made[unclaimed].volume_id))
        listing = tmp_path / "list.json"
        listing.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": [volume, other, static]}))
        assert command("audit", "--cluster", "dev", "--persistent-volumes", str(others), str(listing)) == ""
        client.must("DeleteVolume", own.delete(made[kept].volume_id))

    def test_snapshots_are_compared_when_their_contents_are_given(self, client, own, command, name, tmp_path):
        volume = client.must("CreateVolume", own.create(name)).volume
        snapshot = client.must("CreateSnapshot", own.snapshot(f"{name}-s", volume)).snapshot
        volumes = tmp_path / "pv.yaml"
        volumes.write_text(command("export", "--all", "--cluster", "dev"))
        assert command("audit", "--cluster", "dev", "--persistent-volumes", str(volumes)) == ""
        empty = tmp_path / "empty.json"
        empty.write_text('{"apiVersion": "snapshot.storage.k8s.io/v1", "kind": "VolumeSnapshotContentList", "items": []}')
        lines = command("audit", "--cluster", "dev", "--persistent-volumes", str(volumes), str(empty), code=2)
        assert f"unclaimed snapshot {snapshot.snapshot_id}: no VolumeSnapshotContent has it\n" in lines
        content = tmp_path / "content.json"
        content.write_text(json.dumps({
            "apiVersion": "snapshot.storage.k8s.io/v1", "kind": "VolumeSnapshotContent", "metadata": {"name": "c"},
            "spec": {"driver": "cephfs.csi.swift"}, "status": {"snapshotHandle": snapshot.snapshot_id},
        }))  # fmt: skip
        # Other tests may have left snapshots.
        lines = command("audit", "--cluster", "dev", "--persistent-volumes", str(volumes), str(content), code=(0, 2))
        assert snapshot.snapshot_id not in lines
        client.must("DeleteSnapshot", own.delete_snapshot(snapshot))
        client.must("DeleteVolume", own.delete(volume.volume_id))

    @pytest.mark.parametrize("text", ["[", "a: [", "just words", "{\"kind\": }"])
    def test_what_is_no_list_is_refused_by_name(self, command, tmp_path, text):
        file = tmp_path / "broken"
        file.write_text(text)
        message = command("audit", "--cluster", "dev", "--persistent-volumes", str(file), code=1)
        assert "--persistent-volumes" in message and str(file) in message and "kubectl get pv" in message
