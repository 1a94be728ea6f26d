"""docs/deploy.md says what is there, and the commands of docs/quick-start.md fit."""

import json
import os
import pathlib
import re

import kubernetes_validate
import yaml

from harness.plugin import binary
from support import facts
from support.render import CHART, OVERLAYS, kustomize, objects_in, one
from support.tools import DEPLOY, REPOSITORY, run, tool

DOCUMENT = (REPOSITORY / "docs/deploy.md").read_text()
QUICK_START = (REPOSITORY / "docs/quick-start.md").read_text()


def _section(title):
    return DOCUMENT.split(f"\n## {title}\n")[1].split("\n## ")[0]


def _rows(title):
    for line in _section(title).splitlines():
        cells = [cell.strip() for cell in line.strip("|").split(" | ")]
        if line.startswith("| `"):
            yield cells


def _leaves(values, path=()):
    """Each value with its path; whole lists, and what Kubernetes defines, are values."""
    for key, value in values.items():
        if isinstance(value, dict) and value and key != "resources":
            yield from _leaves(value, (*path, key))
        else:
            yield ".".join((*path, key)), value


def test_the_table_of_values_is_complete_and_true():
    values = dict(_leaves(yaml.safe_load((CHART / "values.yaml").read_text())))
    table = {cells[0].strip("`"): cells[1] for cells in _rows("Helm values")}
    assert list(table) == list(values)
    for key, default in table.items():
        if default == "see the file":
            assert values[key] and isinstance(values[key], list), key
        else:
            assert json.loads(default.strip("`")) == values[key], key


def _overlays():
    """The table's rows, without its head, which begins with a path."""
    return [cells for cells in _rows("Overlays") if "/" not in cells[0]]


def test_the_table_of_overlays_is_complete():
    assert sorted(cells[0].strip("`") for cells in _overlays()) == OVERLAYS
    for cells in _overlays():
        assert cells[1].strip("`") == f"{cells[0].strip('`')}.yaml"


def test_the_namespaces_labels_are_those_of_the_manifest():
    labels = one(kustomize("default"), "Namespace")["metadata"]["labels"]
    for key, value in labels.items():
        if key.startswith("pod-security"):
            assert f"{key}={value}" in QUICK_START, key


def _headings(path):
    """As a page's anchors: small letters, spaces as hyphens, no other signs."""
    titles = re.findall(r"^#+ (.*)$", path.read_text(), re.MULTILINE)
    return {re.sub(r"[^a-z0-9 _-]", "", title.lower()).replace(" ", "-") for title in titles}


def test_files_and_objects_that_documents_name_exist():
    for document in (*sorted((REPOSITORY / "docs").glob("*.md")), DEPLOY / "README.md", REPOSITORY / "README.md"):
        for target, heading in re.findall(r"\]\(([^)#]*)(?:#([^)]*))?\)", document.read_text()):
            if target.startswith("http"):
                continue
            path = document.parent / target if target else document
            assert path.exists(), f"{document.name}: {target}"
            assert not heading or heading in _headings(path), f"{document.name}: {target}#{heading}"
    for path in re.findall(r"\.\./(deploy/[\w./-]+)", QUICK_START):
        assert (REPOSITORY / path).exists(), path
    names = {item["metadata"]["name"] for item in kustomize("default")} | {"cephfs-csi-provisioner"}
    for name in re.findall(r"(?:statefulset|daemonset)/([\w-]+)", DOCUMENT + QUICK_START):
        assert name in names, name


def _files(script):
    """What the page's commands write: name -> text."""
    found = re.findall(r"cat >([\w.]+) <<'(EOF_[A-Z]+)'\n(.*?)^\2$", script, re.DOTALL | re.MULTILINE)
    return {name: text for name, _, text in found}


def test_the_quick_starts_users_are_made_by_the_program(tmp_path):
    """The commands as written, with the configuration as written; and the secret names the user that they make."""
    script = QUICK_START
    (tmp_path / "config.yaml").write_text(_files(script)["config.yaml"])
    commands = re.findall(r"docker run .* \$image (caps .*) >", script)
    assert len(commands) == 2
    printed = [run(binary(), *line.replace("/work", str(tmp_path)).split()) for line in commands]
    assert [text.split()[:3] for text in printed] == [["ceph", "auth", "get-or-create"]] * 2
    assert "client.csi-provisioner " in printed[0] and "client.csi-fencer " in printed[1]
    assert "adminID=csi-provisioner" in script


def test_the_quick_starts_kustomization_renders(tmp_path):
    """As it is written, in a folder beside deploy/."""
    script = QUICK_START
    files = _files(script)
    assert set(files) == {"config.yaml", "kustomization.yaml"}
    folder = tmp_path / "my-cephfs"
    folder.mkdir()
    for name, text in files.items():
        (folder / name).write_text(text.replace("../deploy", os.path.relpath(DEPLOY, folder.resolve())))
    objects = objects_in(run(tool("kubectl"), "kustomize", str(folder)))
    assert yaml.safe_load(one(objects, "ConfigMap")["data"]["config.yaml"]) == yaml.safe_load(files["config.yaml"])
    plugin = one(objects, "DaemonSet")["spec"]["template"]["spec"]["containers"][0]
    assert plugin["image"].startswith("registry.example.com/cephfs-csi:")
    # The same file as Helm's values, as the document says.
    rendered = run(
        tool("helm"), "template", "cephfs-csi", str(CHART), "--namespace", "cephfs-csi", "--values",
        str(folder / "config.yaml"), "--set", "image.registry=registry.example.com",
    )  # fmt: skip
    helm = objects_in(rendered)
    assert one(helm, "DaemonSet")["spec"]["template"]["spec"]["containers"][0]["image"] == plugin["image"]
    assert yaml.safe_load(one(helm, "ConfigMap")["data"]["config.yaml"]) == yaml.safe_load(files["config.yaml"])


def test_compatibility_names_the_versions_that_are_installed_and_checked():
    text = (REPOSITORY / "docs/compatibility.md").read_text()
    rows = dict(re.findall(r"^\| ([a-z-]+) \| (v[0-9.]+) \|", text, re.MULTILINE))
    assert rows == {image: sidecar.version for image, sidecar in facts.SIDECARS.items()}
    oldest = yaml.safe_load((CHART / "Chart.yaml").read_text())["kubeVersion"].removeprefix(">=").removesuffix(".0-0")
    newest = max(_schema_versions())
    assert f"| {oldest} to {newest[0]}.{newest[1]} | expected |" in text
    for line in re.findall(r"^\| .*", text, re.MULTILINE):
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if cells[0].startswith(("Pacific", "Quincy", "Octopus", "Linux", "kernels", "older")):
            assert cells[1] in ("tried", "expected", "no"), line


def _schema_versions():
    folder = pathlib.Path(kubernetes_validate.__file__).parent / "kubernetes-json-schema"
    return {tuple(int(part) for part in path.name[1:].split("-")[0].split(".")[:2]) for path in folder.glob("v*")}
