"""Every file of deploy/examples as it is."""

import itertools

import pytest
import yaml

from support.installation import DEPLOY
from support.kubectl import Kubectl, until

EXAMPLES = DEPLOY / "examples"
# rwx-deployment.yaml comes first, and the snapshot before what is restored from it; the rest may come in any order.
FREE = ("expansion", "clone", "snapshot")
ORDERS = list(itertools.permutations(FREE))


def _objects(name):
    return [item for item in yaml.safe_load_all((EXAMPLES / f"{name}.yaml").read_text()) if item]


class Examples:
    """Applies examples by file, and deletes what it applied."""

    def __init__(self, cluster):
        self.cluster, self.kubectl, self.applied = cluster, cluster.kubectl, []

    def apply(self, name):
        self.kubectl("apply", "--filename", EXAMPLES / f"{name}.yaml")
        self.applied.append(name)

    def bound(self, *claims, timeout=90):
        self.cluster.bound(*claims, timeout=timeout)

    def claim_size(self, name):
        return self.kubectl.get("pvc", name)["status"]["capacity"]["storage"]

    def volumes(self):
        return {item["metadata"]["name"] for item in self.kubectl.get("pv") if _is_bound_here(item)}

    def clean(self):
        volumes = self.volumes()
        # At once: expansion.yaml is the deployment's claim, which stays for as long as pods use it.
        for words in (["--wait=false"], ["--timeout=100s"]):
            for name in reversed(self.applied):
                self.kubectl("delete", "--ignore-not-found", "--filename", EXAMPLES / f"{name}.yaml", *words)
        self.cluster.gone(volumes)


def _is_bound_here(volume):
    return (volume["spec"].get("claimRef") or {}).get("namespace") == "cephfs-csi-test"


@pytest.fixture
def examples(cluster):
    share = Examples(cluster)
    yield share
    share.clean()


@pytest.mark.parametrize("order", ORDERS, ids=["-".join(order) for order in ORDERS])
def test_expansion_clone_and_snapshot_in_any_order(examples, order):
    examples.apply("rwx-deployment")
    examples.bound("shared-notes")
    kubectl = examples.kubectl
    kubectl("rollout", "status", "deployment/notes", "--timeout=120s", timeout=150)
    for name in order:
        examples.apply(name)
        if name == "clone":
            examples.bound("shared-notes-copy")
        elif name == "expansion":
            until(lambda: examples.cluster.events(), lambda: examples.claim_size("shared-notes") == "2Gi")
        else:
            examples.cluster.snapshot_ready("shared-notes-monday")
            examples.apply("restore")
            examples.bound("shared-notes-restored")
    text = kubectl("logs", "--selector=app=notes", "--tail=-1")
    assert len({line.split()[-1] for line in text.splitlines()}) == 2, "both pods' lines, out of one file"


def test_the_examples_pods_end_at_once(examples):
    examples.apply("ephemeral-volume")
    examples.cluster.running("scratch")
    # Half the grace period of a pod that ignores SIGTERM.
    examples.kubectl("delete", "pod", "scratch", "--wait", "--timeout=15s")


def test_volume_attributes(examples):
    examples.apply("volume-attributes")
    examples.bound("few-files")
    assert examples.kubectl.get("pvc", "few-files")["status"]["currentVolumeAttributesClassName"] == "cephfs-few-files"


def test_a_static_volume(ceph, plugin, cluster):
    """In the namespace default, which the example names."""
    archive = ceph.users.get("archive")
    if not archive:
        pytest.skip("CEPH names no users.archive for /data/archive (docs/caps.md, “Static volumes”)")
    secret = {"userID": archive["id"], "userKey": archive["key"]}
    plugin.kubectl.apply(
        {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "cephfs-csi-archive"}, "stringData": secret}
    )
    kubectl = Kubectl("default")
    try:
        kubectl("apply", "--filename", EXAMPLES / "static-volume.yaml")
        kubectl("wait", "pod/reader", "--for=condition=Ready", "--timeout=60s")
        # The attacher compares once a minute; what the list confirms it leaves alone.
        assert kubectl.refused("reader", "touch /archive/new")
    finally:
        kubectl("delete", "--ignore-not-found", "--filename", EXAMPLES / "static-volume.yaml", timeout=120)
        plugin.kubectl.delete("secret", "cephfs-csi-archive")
