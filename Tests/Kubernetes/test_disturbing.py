"""Parts of the cluster are killed while pods write. Each test leaves the cluster as it was."""

import time

import pytest

from support.kubectl import until
from support.objects import claim
from support.writers import Writers

pytestmark = pytest.mark.disturbing


@pytest.fixture
def writers(cluster):
    return Writers(cluster, 10)


def _restarted(plugin, component, before):
    def look():
        now = {item["metadata"]["uid"] for item in plugin.pods(component)}
        return now and not now & before

    until(f"pods of {component} are the old ones", look, timeout=240)
    plugin.wait_ready()


def _uids(plugin, component):
    return {item["metadata"]["uid"] for item in plugin.pods(component)}


def test_ten_writers_see_no_error_while_everything_is_rolled_out(plugin, writers):
    strategy = plugin.kubectl.get("daemonset", "cephfs-csi-node")["spec"]["updateStrategy"]["type"]
    for what, component in (("statefulset/cephfs-csi-controller", "controller"), ("daemonset/cephfs-csi-node", "node")):
        before = _uids(plugin, component)
        plugin.kubectl("rollout", "restart", what)
        if component == "node" and strategy == "OnDelete":
            plugin.kubectl("delete", "pod", "--selector=app.kubernetes.io/component=node", "--wait=false")
        _restarted(plugin, component, before)
    writers.assert_well()


def test_pods_go_and_come_after_the_nodes_plugin_was_killed(plugin, cluster):
    name = cluster.claim()
    first = cluster.pod("first", name)
    cluster.kubectl.sh(first, "echo before >/data/f")
    before = _uids(plugin, "node")
    plugin.kubectl("delete", "pod", "--selector=app.kubernetes.io/component=node", "--grace-period=0", "--force")
    _restarted(plugin, "node", before)
    cluster.delete("pod", first)
    second = cluster.pod("second", name)
    assert cluster.kubectl.sh(second, "cat /data/f", timeout=20) == "before\n"


def test_claims_are_bound_while_the_leading_controller_is_killed(plugin, cluster):
    names = [cluster.called(f"{number:02}") for number in range(30)]
    cluster.apply(*(claim(name) for name in names))
    leader = plugin.leader("provisioner")
    plugin.kubectl("delete", "pod", leader, "--grace-period=0", "--force")
    cluster.bound(*names, timeout=120)
    plugin.wait_ready()
    handles = [cluster.volume_of(name)["spec"]["csi"]["volumeHandle"] for name in names]
    assert len(set(handles)) == len(names)


def test_a_clone_goes_on_when_the_controllers_are_killed(plugin, cluster):
    name = cluster.claim()
    source = cluster.pod("source", name)
    script = "for n in $(seq 2000); do head -c 2000 /dev/urandom >/data/$n; done; cat /data/* | sha256sum"
    digest = cluster.kubectl.sh(source, script, timeout=300)
    copy = cluster.claim("copy", wait=False, source=("PersistentVolumeClaim", name))
    time.sleep(1)
    before = _uids(plugin, "controller")
    plugin.kubectl("delete", "pod", "--selector=app.kubernetes.io/component=controller", "--grace-period=0", "--force")
    _restarted(plugin, "controller", before)
    cluster.bound(copy, timeout=240)
    reader = cluster.pod("reader", copy)
    assert cluster.kubectl.sh(reader, "cat /data/* | sha256sum") == digest


def test_a_drained_nodes_pods_start_elsewhere(cluster):
    nodes = [item["metadata"]["name"] for item in cluster.kubectl.get("nodes")]
    if len(nodes) < 2:
        pytest.skip("the cluster has one node")
    name = cluster.claim()
    first = cluster.pod("first", name)
    cluster.kubectl.sh(first, "echo before >/data/f")
    node = cluster.kubectl.get("pod", first)["spec"]["nodeName"]
    try:
        cluster.kubectl("cordon", node)
        cluster.delete("pod", first)
        second = cluster.pod("second", name)
        assert cluster.kubectl.get("pod", second)["spec"]["nodeName"] != node
        assert cluster.kubectl.sh(second, "cat /data/f") == "before\n"
    finally:
        cluster.kubectl("uncordon", node)
