"""The node's plugin with the capabilities that its manifest leaves it, and with one of them less."""

import os
import pathlib
import re
import subprocess
import time

import pytest
import yaml

from harness.mounts import mounts
from harness.plugin import Plugin
from harness.requests import MiB
from harness.stubs import REPOSITORY

MANIFEST = REPOSITORY / "deploy" / "kubernetes" / "base" / "node.yaml"
SURVIVES = REPOSITORY / "deploy" / "kubernetes" / "components" / "ceph-fuse-survives"


def confined():
    """The words before the program in the manifest: setpriv with the bounding set."""
    spec = yaml.safe_load(MANIFEST.read_text())["spec"]["template"]["spec"]
    [plugin] = [container for container in spec["containers"] if container["name"] == "plugin"]
    words = plugin["command"]
    assert words[0] == "setpriv" and words[-1] == "cephfs-csi"
    return words[:-1]


def capabilities(words):
    """The names in --bounding-set=-all,+A,+B."""
    [bounding] = [word for word in words if word.startswith("--bounding-set=")]
    first, *names = bounding.partition("=")[2].split(",")
    assert first == "-all" and all(name.startswith("+") for name in names)
    return [name[1:] for name in names]


def without(words, name):
    return [word.replace(f",+{name}", "") for word in words]


def mask(names):
    """Bits as /proc prints them: each capability's number by capsh, which knows linux/capability.h."""
    bits = 0
    for name in names:
        shown = subprocess.run(["capsh", f"--explain=cap_{name}"], capture_output=True, text=True, check=True).stdout
        bits |= 1 << int(re.search(r"\((\d+)\)", shown)[1])
    return f"{bits:016x}"


@pytest.fixture(scope="module")
def controller(cluster, tmp_path_factory):
    """With all that root may do: the controller's manifest is another test's."""
    running = Plugin(tmp_path_factory.mktemp("controller"), cluster["CONFIG_KERNEL"], role="controller").start()
    yield running
    running.end()


@pytest.fixture(params=["kernel", "fuse"])
def mounter(request):
    return request.param


@pytest.fixture
def config(cluster, tmp_path, mounter):
    """The dev cluster's directory is closed to root without capabilities, as a ConfigMap is not."""
    entry = {"id": "dev", "monitors": [cluster["MONITORS"]], "filesystem": cluster["FS"], "mounter": mounter}
    path = tmp_path / "config.yaml"
    path.write_text(yaml.safe_dump({"clusters": [entry]}))
    return path


class Node:
    """A node's plugin behind some words, and one volume that only its owner may look into."""

    def __init__(self, directory, config, words, controller, requests):
        os.environ["CEPHFS_CSI_WRAPPER"] = " ".join(words)
        try:
            self.plugin = Plugin(directory / "plugin", config, role="node", node_id="confined")
            self.plugin.start()
        finally:
            del os.environ["CEPHFS_CSI_WRAPPER"]
        self.controller, self.requests = controller, requests
        self.client = self.plugin.client
        self.staging, self.target = directory / "globalmount", directory / "pods" / "mount"
        for path in (self.staging, self.target.parent):
            path.mkdir(parents=True, mode=0o750)
        self.volume = None

    def life(self):
        """Every call of the node's; the first that fails raises."""
        admin, node = self.controller.client, self.client.must("NodeGetInfo").node_id
        owner = {"credentials": "volume", "uid": "1000", "gid": "1000", "mode": "0700"}
        create = self.requests.create(f"caps-{time.monotonic_ns()}", size=32 * MiB, parameters=owner)
        self.volume = volume = admin.must("CreateVolume", create).volume
        published = admin.must("ControllerPublishVolume", self.requests.controller_publish(volume, node))
        context = dict(published.publish_context)
        for _ in range(2):
            self.client.must("NodeStageVolume", self.requests.stage(volume, self.staging, context=context))
        for readonly in (True, False):
            publish = self.requests.publish(volume, self.staging, self.target, readonly=readonly, context=context)
            for _ in range(2):
                self.client.must("NodePublishVolume", publish)
            [usage, inodes] = self.client.must("NodeGetVolumeStats", self.requests.stats(volume, self.target)).usage
            assert usage.total == 32 * MiB and inodes.used > 0
            for _ in range(2):
                self.client.must("NodeUnpublishVolume", self.requests.unpublish(volume, self.target))
        for _ in range(2):
            self.client.must("NodeUnstageVolume", self.requests.unstage(volume, self.staging))
        assert not mounts(self.staging.parent)

    def end(self):
        for mount in reversed(mounts(self.staging.parent)):
            subprocess.run(["umount", "-l", mount.target], check=False)
        self.plugin.end()
        if self.volume is not None:
            admin = self.controller.client
            admin.must("ControllerUnpublishVolume", self.requests.controller_unpublish(self.volume))
            admin.must("DeleteVolume", self.requests.delete(self.volume.volume_id))


@pytest.fixture
def node(tmp_path, config, controller, requests):
    made = []

    def make(words):
        made.append(Node(tmp_path / f"node{len(made)}", config, words, controller, requests))
        return made[-1]

    yield make
    for one in made:
        one.end()


@pytest.mark.parametrize("which", ["base", "ceph-fuse-survives"])
def test_the_manifests_capabilities_are_enough(node, which):
    words = confined() if which == "base" else surviving()
    started = node(words)
    status = dict(re.findall(r"^(\w+):\s+(\S+)$", pathlib.Path(f"/proc/{started.plugin.pid}/status").read_text(), re.M))
    # setpriv is gone: it became the plugin.
    assert pathlib.Path(f"/proc/{started.plugin.pid}/exe").readlink().name == "cephfs-csi"
    assert status["CapBnd"] == status["CapEff"] == status["CapPrm"] == mask(capabilities(words))
    assert int(status["CapInh"], 16) == int(status["CapAmb"], 16) == 0
    assert status["NoNewPrivs"] == "1"
    started.life()


@pytest.mark.parametrize("mounter", ["kernel"], indirect=True)
@pytest.mark.parametrize("name", capabilities(confined()))
def test_without_any_one_of_them_it_does_not_work(node, name):
    """With the kernel's client; ceph-fuse judges permissions itself and needs to mount alone."""
    started = node(without(confined(), name))
    with pytest.raises(AssertionError) as failure:
        started.life()
    assert "NodeStage" in str(failure.value) or "NodePublish" in str(failure.value), failure.value


def surviving():
    """The same words with the bounding set of the component for ceph-fuse that outlives its pod."""
    patches = yaml.safe_load((SURVIVES / "kustomization.yaml").read_text())["patches"]
    operations = [operation for patch in patches for operation in yaml.safe_load(patch["patch"])]
    [bounding] = [
        one["value"]
        for one in operations
        if one["op"] == "replace" and one["path"] == "/spec/template/spec/containers/0/command/1"
    ]
    words = confined()
    assert words[1].startswith("--bounding-set=")
    return [words[0], bounding, *words[2:]]


CGROUP = pathlib.Path("/sys/fs/cgroup/cephfs-csi-fuse")


def moved(words):
    """Whether the wrapper gets a process out of its cgroup, as on a node where it is the first; what it complains of."""
    if CGROUP.exists():
        CGROUP.rmdir()
    done = subprocess.run(
        [*words, str(SURVIVES / "ceph-fuse"), "/proc/self/cgroup"],
        env={**os.environ, "CEPHFS_CSI_CEPH_FUSE": "/bin/cat"}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return CGROUP.name in done.stdout, done.stderr


def test_the_wrapper_of_ceph_fuse_needs_what_its_component_has():
    words = surviving()
    assert moved(words) == (True, "")
    for name in capabilities(words):
        outside, complaint = moved(without(words, name))
        assert not outside and "stays in the pod's cgroup" in complaint, name
