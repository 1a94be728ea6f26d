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


@pytest.fixture
def attached(client, requests, name):
    """A volume that is published to this node."""
    volume = client.must("CreateVolume", requests.create(name, parameters={"credentials": "volume"})).volume
    node = client.must("NodeGetInfo").node_id
    client.must("ControllerPublishVolume", requests.controller_publish(volume, node))
    yield volume
    client.must("ControllerUnpublishVolume", requests.controller_unpublish(volume))
    client.must("DeleteVolume", requests.delete(volume.volume_id))


@pytest.mark.parametrize("path", [path for path in documents() if path != QUICK_START], ids=lambda path: path.name)
def test_a_documents_commands_work(path, cluster, attached, client, tmp_path):
    """With what they ask their reader to have: a configuration, the keys, a volume that a node has."""
    with Shell(tmp_path, cluster, readers_own(cluster)) as shell:
        entry = {"id": attached.volume_id.split(":")[0], "monitors": [cluster["MONITORS"]], "filesystem": cluster["FS"]}
        (shell.place / "config.yaml").write_text(yaml.safe_dump({"clusters": [entry]}))
        for file, which in (("provisioner.key", "PROVISIONER"), ("fencer.key", "FENCER")):
            (shell.place / file).write_text(cluster.key(which))
        shell.environment |= {"volume": attached.volume_id, "node": client.must("NodeGetInfo").node_id.split(":")[0]}
        try:
            printed = shell.run(blocks(path))
        finally:
            cluster.monitor("auth rm", entity="client.csi-provisioner-2")
    assert printed and all(isinstance(text, str) for text in printed)


def sources():
    """Every text in the sources, literals that are joined by `+` as one, `…` for what is put in at run time."""
    found = []
    for path in sorted((REPOSITORY / "Sources").rglob("*.swift")):
        text = re.sub(r'"\s*\+\s*"', "", path.read_text())
        for start in [match.start() for match in re.finditer('"', text)]:
            found.append(literal(text, start + 1))
    return found


def literal(text, at):
    """A Swift string literal from behind its opening quote."""
    out, depth = [], 0
    while at < len(text) and text[at] != "\n":
        if depth:
            depth += {"(": 1, ")": -1}.get(text[at], 0)
        elif text[at] == '"':
            break
        elif text.startswith("\\(", at):
            out.append("…")
            depth, at = 1, at + 1
        elif text[at] == "\\":
            out.append(text[at + 1])
            at += 1
        else:
            out.append(text[at])
        at += 1
    return "".join(out)


def test_every_message_in_troubleshooting_is_the_plugins_own():
    """What its tables quote in the first column, but for what the kernel says, is in the sources, letter by letter."""
    known = sources()
    quoted = []
    for line in (REPOSITORY / "docs" / "troubleshooting.md").read_text().splitlines():
        found = re.match(r"\| `([^`]+(?:`[^`|]*`[^`]*)?)` +\|", line)
        if found and found[1] not in KERNELS_OWN:
            quoted.append(found[1])
    assert len(quoted) > 30
    unknown = [message for message in quoted if not any(message.strip("… ") in text for text in known)]
    assert not unknown, unknown


KERNELS_OWN = {
    "Disk quota exceeded", "Permission denied", "Transport endpoint is not connected", "Input/output error",
}  # fmt: skip


def test_marks_are_spelled_as_they_are_looked_for():
    """A block with another info string would be run by nobody, and look as if it were."""
    for path in REPOSITORY.glob("docs/**/*.md"):
        for info in re.findall(r"^ *```(sh[^\n]*)$", pathlib.Path(path).read_text(), re.MULTILINE):
            assert info in ("sh", "sh run", "sh upgrade"), f"{path.name}: {info}"
