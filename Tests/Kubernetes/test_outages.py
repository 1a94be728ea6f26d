"""Parts of Kubernetes itself are away. CONTROL names a program that stops and starts them: `CONTROL stop|start PART [NODE]`."""

import contextlib
import os
import subprocess
import time

import pytest

from support.kubectl import until
from support.writers import Writers

CONTROL = os.environ.get("CONTROL")
pytestmark = [
    pytest.mark.disturbing,
    pytest.mark.skipif(not CONTROL, reason="CONTROL names no program that stops the kubelet and the API server"),
]
OUT_OF_SERVICE = "node.kubernetes.io/out-of-service"
# A line with the time every 0.2 s, for as long as Ceph takes it.
CLOCK = "while date +%s >>/data/times; do sleep 0.2; done &"


@contextlib.contextmanager
def stopped(*part):
    """A part of Kubernetes, `kubelet NODE` or `api`, away while the block runs."""
    try:
        # An API server that ends in order waits a minute for those who watch.
        subprocess.run([CONTROL, "stop", *part], check=True, timeout=120)
        yield
    finally:
        subprocess.run([CONTROL, "start", *part], check=True, timeout=180, stdout=subprocess.DEVNULL)


def _is_ready(cluster, node):
    conditions = cluster.kubectl.get("node", node)["status"]["conditions"]
    return any(entry["type"] == "Ready" and entry["status"] == "True" for entry in conditions)


def _life_goes_on(cluster, writers):
    writers.assert_well()
    late = cluster.claim("late", wait=False)
    # Sidecars that lost the API end; the kubelet starts them again, later each time, and a lease has to run out.
    cluster.bound(late, timeout=180)
    late = cluster.pod("late", late)
    cluster.kubectl.sh(late, "echo x >/data/f")


def test_writers_see_no_error_while_the_kubelet_is_restarted(plugin, cluster):
    writers = Writers(cluster, 3)
    node = cluster.kubectl.get("pod", writers.pods[0])["spec"]["nodeName"]
    with stopped("kubelet", node):
        time.sleep(10)
    until(f"{node} is not ready", lambda: _is_ready(cluster, node), timeout=120)
    plugin.wait_ready()
    _life_goes_on(cluster, writers)


def test_writers_see_no_error_while_the_api_server_is_away(plugin, cluster):
    writers = Writers(cluster, 3)
    # Longer than a sidecar's lease: each gives up its leadership, ends and is started again.
    with stopped("api"):
        time.sleep(40)
    until("the API server does not answer", lambda: cluster.kubectl.run("get", "--raw", "/readyz").returncode == 0, 120)
    plugin.wait_ready()
    _life_goes_on(cluster, writers)


@pytest.fixture
def staying(plugin):
    """With one node the controllers, too, are on the one that is lost: they tolerate it, and their containers run on."""
    alone = len(plugin.kubectl.get("nodes")) == 1
    patch = '{"spec": {"template": {"spec": {"tolerations": %s}}}}'
    if alone:
        plugin.kubectl("patch", "statefulset", "cephfs-csi-controller", "--patch", patch % '[{"operator": "Exists"}]')
        plugin.kubectl("rollout", "status", "statefulset/cephfs-csi-controller", "--timeout=180s", timeout=200)
    yield
    if alone:
        plugin.kubectl("patch", "statefulset", "cephfs-csi-controller", "--patch", patch % "null")
        plugin.kubectl("rollout", "status", "statefulset/cephfs-csi-controller", "--timeout=180s", timeout=200)
        plugin.wait_ready()


def test_a_lost_node_is_fenced_and_its_volumes_are_free(staying, cluster):
    name = cluster.claim(storage_class="cephfs-fenced")
    volume = cluster.volume_of(name)["metadata"]["name"]
    lost = cluster.pod("lost", name, script=CLOCK)
    node = cluster.kubectl.get("pod", lost)["spec"]["nodeName"]

    def attached():
        sources = (item["spec"]["source"] for item in cluster.kubectl.get("volumeattachments"))
        return any(source.get("persistentVolumeName") == volume for source in sources)

    with stopped("kubelet", node):
        until(f"{node} still counts as ready", lambda: not _is_ready(cluster, node), timeout=180)
        cluster.kubectl("taint", "node", node, f"{OUT_OF_SERVICE}=nodeshutdown:NoExecute")
        try:
            until(f"{volume} is still attached", lambda: not attached(), timeout=180)
            detached = time.time()
            # An unfenced writer would go on all that time: its container runs, only the kubelet is away.
            time.sleep(15)
        finally:
            cluster.kubectl("taint", "node", node, f"{OUT_OF_SERVICE}-")
    until(f"{node} is not ready", lambda: _is_ready(cluster, node), timeout=120)
    reader = cluster.pod("reader", name)
    last = int(cluster.kubectl.sh(reader, "tail -n 1 /data/times"))
    assert last <= detached + 2, f"written for {last - detached:.0f} s after the volume was taken from its node"
