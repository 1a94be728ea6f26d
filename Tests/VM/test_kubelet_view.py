"""What a kubelet sees of the kernel's client: the plugin runs as the DaemonSet's container does."""

import time

import pytest
import yaml

from harness.container import Host, NodeContainer
from harness.kubelet import Calls, Kubelet
from harness.mounts import mounts, unmount_all
from harness.plugin import Plugin


@pytest.fixture
def kubelet(tmp_path):
    host = Host(tmp_path / "kubelet")
    made = Kubelet(host.directory)
    yield made
    unmount_all(made.directory)
    host.end()


@pytest.fixture
def config(cluster, tmp_path):
    entry = {"id": "dev", "monitors": [cluster["MONITORS"]], "filesystem": cluster["FS"], "mounter": "kernel"}
    path = tmp_path / "config.yaml"
    path.write_text(yaml.safe_dump({"clusters": [entry]}))
    return path


@pytest.fixture
def containers(kubelet, config):
    made = []

    def make(**arguments):
        made.append(NodeContainer(kubelet, config, **arguments))
        return made[-1]

    yield make
    for one in made:
        one.end()


@pytest.fixture
def calls(kubelet, cluster, requests, tmp_path):
    controller = Plugin(tmp_path / "controller", cluster["CONFIG_KERNEL"], role="controller").start()
    volume = controller.client.must("CreateVolume", requests.create(f"view-{time.monotonic_ns()}")).volume
    yield Calls(kubelet, requests, volume)
    controller.client.must("DeleteVolume", requests.delete(volume.volume_id))
    controller.end()


def test_stage_and_targets_are_all_that_is_seen(containers, calls):
    client = containers().start().client
    calls.stage(client)
    assert [mount.kind for mount in mounts(calls.staging)] == ["ceph"]
    calls.stage(client)
    one, two = calls.publish(client, "pod1"), calls.publish(client, "pod2")
    (one / "file").write_text("kept")
    assert (two / "file").read_text() == "kept"
    calls.unpublish(client, "pod1")
    calls.unpublish(client, "pod2")
    calls.unstage(client)


def test_a_new_container_undoes_what_an_old_one_did(containers, calls):
    old = containers().start()
    calls.stage(old.client)
    one = calls.publish(old.client, "pod1")
    (one / "file").write_text("kept")
    old.kill()
    calls.look()
    new = containers().start().client
    calls.stage(new)
    two = calls.publish(new, "pod2")
    assert (two / "file").read_text() == "kept"
    calls.unpublish(new, "pod1")
    calls.unpublish(new, "pod2")
    calls.unstage(new)


def test_an_evicted_mount_is_healed_out_of_sight(containers, calls, cluster):
    client = containers().start().client
    calls.stage(client)
    calls.publish(client, "pod1")
    cluster.evict(calls.requests.user["userID"])
    calls.unpublish(client, "pod1")
    calls.stage(client)
    two = calls.publish(client, "pod2")
    (two / "file").write_text("healed")
    calls.unpublish(client, "pod2")
    calls.unstage(client)
