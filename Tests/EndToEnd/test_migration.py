"""The guides in docs/migration: their commands, as they stand there, on directories as other provisioners leave them."""

import json
import re

import pytest
import yaml

from harness.foreign import Foreign, Shell, VolumeCommand, guide_blocks
from harness.persistentvolumes import mounted
from harness.requests import GiB, MiB, Requests
from harness.stubs import REPOSITORY, csi

GUIDES = REPOSITORY / "docs" / "migration"
UUID = "0f5ce3c7-9b46-11e9-8a5f-525400a1b2c"


@pytest.fixture
def shell(cluster, tmp_path):
    """A shell in a directory with the configuration that the guides name; the provisioner's caps come back afterwards."""
    before = cluster.monitor("auth get", entity=f"client.{cluster['PROVISIONER_ID']}")[0]["caps"]
    (tmp_path / "config.yaml").write_text(
        f"clusters: [{{id: main, monitors: ['{cluster['MONITORS']}'], filesystem: {cluster['FS']}, mounter: fuse}}]\n"
    )
    shell = Shell(tmp_path, cluster)
    applied_before(shell, cluster)
    yield shell
    caps = [text for daemon, cap in before.items() for text in (daemon, cap)]
    cluster.ceph("auth", "caps", f"client.{cluster['PROVISIONER_ID']}", *caps)


@pytest.fixture
def foreign(admin, cluster):
    return Foreign(admin, cluster, cluster["ROOT"])


@pytest.fixture
def requests(cluster):
    return Requests(cluster)


def applied_before(shell, cluster):
    """What Kubernetes has of the volumes that other tests have left: the guides' audits find nothing but their own."""
    access = (shell.directory / "config.yaml", cluster["PROVISIONER_ID"], cluster["PROVISIONER_KEY_FILE"])
    ids = [one["id"] for one in json.loads(VolumeCommand(*access)("list", "-o", "json"))]
    items = [
        {"kind": "PersistentVolume", "metadata": {"name": one},
         "spec": {"csi": {"driver": "cephfs.csi.swift", "volumeHandle": one}}} for one in ids
    ]  # fmt: skip
    (shell.directory / "objects").mkdir()
    (shell.directory / "objects" / "others.json").write_text(json.dumps({"kind": "List", "items": items}))


def run_guide(shell, name):
    """All blocks of a guide as one script: variables live on from one to the next, as in a terminal."""
    blocks = guide_blocks(name)
    assert blocks, f"{name} has no block to run"
    return shell.run("\n".join(blocks))


def applied(shell, file):
    """What `kubectl apply -f` would make, as the plugin's calls get it."""
    objects = list(yaml.safe_load_all((shell.directory / file).read_text()))
    spec = objects[0]["spec"]
    assert objects[1]["spec"]["volumeName"] == objects[0]["metadata"]["name"]
    return spec, csi.Volume(volume_id=spec["csi"]["volumeHandle"], volume_context=spec["csi"]["volumeAttributes"])


def lives(client, requests, admin, volume, node_paths):
    with mounted(client, requests, volume, node_paths) as target:
        assert (target / "letter").read_text() == "kept"
        (target / "answer").write_text("written")
    assert admin.read(f"{volume.volume_context['path']}/answer") == "written"
    client.must("DeleteVolume", requests.delete(volume.volume_id))
    assert not admin.exists(volume.volume_context["path"])


class TestGuides:
    @pytest.mark.parametrize("isolated", [True, False], ids=["namespace", "no namespace"])
    def test_from_cephfs_provisioner(
        self, shell, plugins, requests, foreign, admin, cluster, node_paths, isolated
    ):
        name = f"kubernetes-dynamic-pvc-{UUID}3"
        path = f"{cluster['ROOT']}/kubernetes/{name}"
        foreign.directory(path, namespace=f"fsvolumens_{name}" if isolated else "")
        user = f"client.kubernetes-dynamic-user-{UUID}4"
        osd = f"allow rw pool={cluster['DATA_POOL']}" + (f" namespace=fsvolumens_{name}" if isolated else "")
        cluster.ceph("auth", "get-or-create", user, "mds", f"allow r,allow rw path={path}", "osd", osd, "mon", "allow r")
        output = run_guide(shell, "from-cephfs-provisioner.md")
        assert "is now the volume main:cephfs:csi:pvc-5d6a" in output
        assert user.removeprefix("client.") not in cluster.users("")
        spec, volume = applied(shell, "objects/pvc-5d6a.yaml")
        assert spec["capacity"]["storage"] == str(10 * GiB) == str(admin.quota(volume.volume_context["path"]))
        client = plugins(config=shell.directory / "config.yaml").start().client
        lives(client, requests, admin, volume, node_paths)

    def test_from_ceph_csi(self, shell, plugins, requests, admin, cluster, node_paths):
        [name] = re.findall(r"name=(csi-vol-\S+)", (GUIDES / "from-ceph-csi.md").read_text())
        if not admin.exists(f"{cluster['ROOT']}/csi"):
            cluster.ceph("fs", "subvolumegroup", "create", cluster["FS"], "csi")
        cluster.ceph("fs", "subvolume", "create", cluster["FS"], name, str(64 * MiB), "--group_name", "csi")
        [data] = [one for one in admin.names(f"{cluster['ROOT']}/csi/{name}") if not one.startswith(".")]
        admin.write(f"{cluster['ROOT']}/csi/{name}/{data}/letter", "kept")
        output = run_guide(shell, "from-ceph-csi.md")
        assert f"it stays at {cluster['ROOT']}/csi/{name}/{data}" in output
        spec, volume = applied(shell, "objects/pvc-7c1e.yaml")
        assert volume.volume_context["path"].endswith(data) and spec["capacity"]["storage"] == str(64 * MiB)
        client = plugins(config=shell.directory / "config.yaml").start().client
        lives(client, requests, admin, volume, node_paths)
        assert {"name": name} not in cluster.ceph("fs", "subvolume", "ls", cluster["FS"], "--group_name", "csi")

    def test_from_in_tree_and_static(self, shell, plugins, requests, foreign, admin, cluster, node_paths):
        foreign.directory("/data/archive", text="archived")
        foreign.directory(f"{cluster['ROOT']}/projects")
        try:
            run_guide(shell, "from-in-tree-static.md")
            client = plugins(config=shell.directory / "config.yaml").start().client
            [text] = re.findall(r"```yaml\n(.*?)```", (GUIDES / "from-in-tree-static.md").read_text(), re.S)
            (shell.directory / "archive.yaml").write_text(text)
            _, static = applied(shell, "archive.yaml")
            secrets = {"userID": "archive", "userKey": (shell.directory / "archive.key").read_text().strip()}
            client.must("NodeStageVolume", requests.stage(static, node_paths.staging, secrets=secrets))
            assert (node_paths.staging / "letter").read_text() == "archived"
            client.must("NodeUnstageVolume", requests.unstage(static, node_paths.staging))
        finally:
            cluster.ceph("auth", "rm", "client.archive")
        _, volume = applied(shell, "objects/projects.yaml")
        lives(client, requests, admin, volume, node_paths)

    def test_every_command_of_ours_and_of_ceph_is_run(self):
        """Blocks that are not run hold what needs Kubernetes, or another provisioner's journal."""
        for guide in GUIDES.glob("*.md"):
            for block in re.findall(r"```sh\n(.*?)```", guide.read_text(), re.S):
                for line in block.strip().splitlines():
                    assert line.strip().startswith(("kubectl ", "rados ")), f"{guide.name}: {line}"

    def test_the_guides_parameters_are_the_documented_ones(self):
        known = (REPOSITORY / "docs" / "parameters.md").read_text() + (REPOSITORY / "docs" / "configuration.md").read_text()
        for guide in ("from-cephfs-provisioner.md", "from-ceph-csi.md"):
            text = (GUIDES / guide).read_text()
            for word in ("isolation", "credentials", "adminID", "adminKey", "monitors"):
                assert f"`{word}" in text and word in known, f"{guide}: {word}"
