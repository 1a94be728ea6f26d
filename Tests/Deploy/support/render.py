"""Kubernetes objects as kustomize and Helm render them, and as they stand in files."""

import copy
import functools
import json

import yaml

from .tools import DEPLOY, run, tool

NAMESPACE = "cephfs-csi"
CHART = DEPLOY / "helm" / "cephfs-csi"
OVERLAYS = sorted(path.name for path in (DEPLOY / "kubernetes" / "overlays").iterdir())


@functools.cache
def _parsed(text):
    """As JSON, which is read again in a moment: each caller gets objects of its own."""
    return json.dumps([item for item in yaml.load_all(text, yaml.CSafeLoader) if item])


def objects_in(text):
    return json.loads(_parsed(text))


@functools.cache
def _output(*command):
    return run(*command)


def kustomize(overlay):
    return objects_in(_output(tool("kubectl"), "kustomize", str(DEPLOY / "kubernetes" / "overlays" / overlay)))


def helm(overlay, *words):
    values = str(DEPLOY / "helm" / "values" / f"{overlay}.yaml")
    command = (tool("helm"), "template", "release", str(CHART), "--namespace", NAMESPACE, "--values", values)
    return objects_in(_output(*command, *words))


def example_files():
    return sorted((DEPLOY / "examples").rglob("*.yaml"))


def from_file(path):
    return objects_in(path.read_text())


def name(item):
    """Tells objects apart, and reads well in a failure."""
    meta = item["metadata"]
    return f"{item['kind']} {meta.get('namespace', '')}/{meta['name']}"


def one(objects, kind, ending=""):
    found = [item for item in objects if item["kind"] == kind and item["metadata"]["name"].endswith(ending)]
    assert len(found) == 1, f"{len(found)} objects of kind {kind} end in {ending!r}"
    return found[0]


def pods(objects):
    """The name and the pod's spec of everything that makes pods."""
    for item in objects:
        if item["kind"] == "Pod":
            yield name(item), item["spec"]
        elif "template" in item.get("spec", {}):
            yield name(item), item["spec"]["template"]["spec"]


def containers(objects):
    for owner, spec in pods(objects):
        for container in spec.get("initContainers", []) + spec["containers"]:
            yield f"{owner}, container {container['name']}", spec, container


def comparable(item):
    """The object without what only Helm adds; lists whose entries have names in the order of those; files as parsed.

    The order of such lists (containers, volumes, mounts) means nothing to Kubernetes; that of arguments does.
    """
    item = copy.deepcopy(item)
    for label in ("app.kubernetes.io/managed-by", "helm.sh/chart"):
        item["metadata"].get("labels", {}).pop(label, None)
    if item["kind"] == "ConfigMap":
        data = item["data"]
        item["data"] = {key: yaml.safe_load(text) if key.endswith(".yaml") else text for key, text in data.items()}
    return _sorted(item)


def _sorted(value):
    if isinstance(value, dict):
        return {key: _sorted(inner) for key, inner in value.items()}
    if isinstance(value, list):
        inner = [_sorted(entry) for entry in value]
        if inner and all(isinstance(entry, dict) and "name" in entry for entry in inner):
            inner.sort(key=lambda entry: entry["name"])
        return inner
    return value
