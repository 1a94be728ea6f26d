"""From an older revision's manifests to these. UPGRADE_FROM is the revision, IMAGE_FROM its image."""

import os
import pathlib
import subprocess
import tempfile

import pytest
from test_life import CHECK, WRITE

from support.installation import REPOSITORY, Installation

REVISION, IMAGE = os.environ.get("UPGRADE_FROM"), os.environ.get("IMAGE_FROM")
pytestmark = [
    pytest.mark.disturbing,
    pytest.mark.skipif(not (REVISION and IMAGE), reason="UPGRADE_FROM and IMAGE_FROM name no older version"),
]


@pytest.fixture
def older(plugin, ceph):
    """The older version, installed in this one's place; at the end this one is back."""
    overlay = plugin.overlay
    plugin.remove()
    with tempfile.TemporaryDirectory(dir=REPOSITORY / ".build") as folder:
        archive = subprocess.run(["git", "archive", REVISION, "deploy"], cwd=REPOSITORY, check=True, capture_output=True)
        subprocess.run(["tar", "-x", "-C", folder], input=archive.stdout, check=True)
        old = Installation(IMAGE, ceph, pathlib.Path(folder) / "deploy")
        old.kustomize("default")
        yield old
    plugin.remove()
    plugin.kustomize(overlay)


def test_volumes_of_an_older_version_live_on(older, plugin, cluster):
    used, idle = cluster.claim("used"), cluster.claim("idle")
    writer = cluster.pod("writer", used)
    cluster.kubectl.sh(writer, WRITE)
    early = cluster.pod("early", idle)
    cluster.kubectl.sh(early, WRITE)
    cluster.delete("pod", early)

    plugin.kustomize("default")
    plugin.kubectl("rollout", "status", "statefulset/cephfs-csi-controller", "--timeout=180s", timeout=200)
    plugin.wait_ready()

    # As docs/deploy.md says: a pod that mounted with the older version's ceph-fuse has to be started again.
    cluster.delete("pod", writer)
    for name, claim in (("again", used), ("first", idle)):
        assert cluster.kubectl.sh(cluster.pod(name, claim), CHECK) == "same\n"
    cluster.pod("new", cluster.claim("new"))
