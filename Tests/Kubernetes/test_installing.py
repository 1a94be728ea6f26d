"""Other ways to install: each overlay, by kustomize and by Helm, with a volume's life each time."""

import os
import shutil
import time

import pytest
from test_life import CHECK, WRITE

from support.installation import DEPLOY, DRIVER, helm
from support.kubectl import until

pytestmark = pytest.mark.disturbing
OVERLAYS = sorted(path.name for path in (DEPLOY / "kubernetes/overlays").iterdir())
HAS_HELM = bool(os.environ.get("HELM") or shutil.which("helm"))
STORAGE_CLASS = {"shared-only": "cephfs-shared"}


def _life(cluster, overlay):
    name = cluster.claim(storage_class=STORAGE_CLASS.get(overlay, "cephfs"), wait=overlay != "capacity")
    writer = cluster.pod("writer", name)
    cluster.kubectl.sh(writer, WRITE)
    assert cluster.kubectl.sh(writer, CHECK) == "same\n"
    cluster.clean()


@pytest.fixture
def alone(plugin):
    """The plugin is not installed when the test begins, and is again, as it was, when it ends."""
    overlay = plugin.overlay
    plugin.remove()
    yield plugin
    plugin.remove()
    plugin.kustomize(overlay)


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_overlay_by_kustomize(alone, cluster, overlay):
    alone.kustomize(overlay)
    if overlay == "capacity":
        _capacity_stays(alone)
    _life(cluster, overlay)


@pytest.mark.skipif(not HAS_HELM, reason="no helm on the PATH or in HELM")
@pytest.mark.parametrize("overlay", ["default", "shared-only", "plain"])
def test_overlay_by_helm(alone, cluster, overlay):
    alone.helm(overlay)
    _life(cluster, overlay)
    alone.helm(overlay, "--set", "controller.replicas=1", verb=("upgrade",))
    _life(cluster, overlay)
    helm("uninstall", "cephfs-csi", "--namespace", "cephfs-csi", "--wait")
    left = [item for item in alone.kubectl.get("all") if item["kind"] != "Pod"]
    assert not left, [item["metadata"]["name"] for item in left]
    assert alone.kubectl.get("csidriver", DRIVER) is None


def _capacity_stays(plugin):
    """CSIStorageCapacity objects are there, and the same ones for longer than the provisioner took to delete them."""

    def objects():
        return {item["metadata"]["name"]: item.get("capacity") for item in plugin.kubectl.get("csistoragecapacities")}

    seen = until("CSIStorageCapacity objects", objects, timeout=90)
    for _ in range(15):
        assert set(objects()) >= set(seen), "objects were deleted"
        time.sleep(2)
