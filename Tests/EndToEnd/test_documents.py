"""The documents' commands, run as they stand on the dev cluster."""

import pathlib
import re

import pytest
import yaml

from harness.documents import REPOSITORY, Shell, blocks, documents
from harness.kubernetes import Kubernetes
from harness.mounts import mounts

QUICK_START = REPOSITORY / "docs" / "quick-start.md"


def readers_own(cluster):
    """What the pages ask their reader to put in."""
    return {"10.0.0.1:6789": cluster["MONITORS"], "cephfs.cephfs.data": cluster["DATA_POOL"]}


class TestQuickStart:
    @pytest.fixture
    def kubernetes(self, plugins, scratch, cluster):
        def start(configuration, kubernetes):
            """As the manifests do it: the key of the secret at the place that the configuration names."""
            settings = yaml.safe_load(configuration)
            [entry] = settings["clusters"]
            key = scratch / "key"
            assert entry["keyFile"] == "/etc/cephfs-csi-user/key"
            entry["keyFile"] = str(key)
            path = scratch / "config.yaml"
            path.write_text(yaml.safe_dump(settings))
            return plugins(config=path).start().client

        made = Kubernetes(scratch / "kubelet", start)
        yield made
        assert not mounts(scratch / "kubelet")

    def test_leads_from_nothing_to_a_bound_claim_and_back(self, kubernetes, scratch, cluster, volumes):
        scripts = blocks(QUICK_START)
        assert len(scripts) == 8
        before = set(volumes.volumes())
        with Shell(scratch, cluster, readers_own(cluster), kubernetes) as shell:
            printed = shell.run(scripts)
        [bound] = [text for text in printed if "shared-notes Bound" in text and "notes-1" in text]
        # Both pods' lines in one file.
        assert re.search(r"^notes-0\nnotes-1$", bound, re.MULTILINE)
        [grown] = [text for text in printed if "shared-notes-restored Bound" in text]
        assert f"shared-notes Bound {2 << 30}" in grown
        assert not kubernetes.claims and not kubernetes.pods and not kubernetes.snapshots
        assert set(volumes.volumes()) == before

    def test_the_blocks_that_are_not_run_need_what_no_test_has(self):
        """An image's registry and Helm; everything else is run."""
        rest = "\n".join(blocks(QUICK_START, "sh"))
        commands = {line.split()[0] for line in rest.replace("\\\n", " ").splitlines() if line.strip()}
        assert commands == {"make", "docker", "kubectl", "helm"}


@pytest.mark.parametrize("path", [path for path in documents() if path != QUICK_START], ids=lambda path: path.name)
def test_a_documents_commands_work(path, cluster, scratch, plugins, tmp_path):
    with Shell(tmp_path, cluster, readers_own(cluster)) as shell:
        shell.run(blocks(path))


def test_marks_are_spelled_as_they_are_looked_for():
    """A block with another info string would be run by nobody, and look as if it were."""
    for path in REPOSITORY.glob("docs/**/*.md"):
        for info in re.findall(r"^ *```(sh[^\n]*)$", pathlib.Path(path).read_text(), re.MULTILINE):
            assert info in ("sh", "sh run"), f"{path.name}: {info}"
