"""kustomize and Helm install the same."""

import json
import os

import pytest

from support.render import NAMESPACE, OVERLAYS, comparable, from_file, helm, kustomize, name, objects_in, one
from support.tools import DEPLOY, REPOSITORY, run, tool


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_both_render_the_same_objects(overlay):
    """The namespace is kustomize's alone: Helm can't make the one that it installs to."""
    ours = {name(item): comparable(item) for item in kustomize(overlay) if item["kind"] != "Namespace"}
    theirs = {name(item): comparable(item) for item in helm(overlay)}
    assert sorted(ours) == sorted(theirs)
    for key, item in ours.items():
        assert json.dumps(item, indent=1, sort_keys=True) == json.dumps(theirs[key], indent=1, sort_keys=True), key


def test_each_overlay_has_its_values():
    assert sorted(path.stem for path in (DEPLOY / "helm" / "values").iterdir()) == OVERLAYS


def test_overlays_differ():
    """Guards the comparison itself: what compares everything with itself would pass as well."""
    texts = {json.dumps([comparable(item) for item in kustomize(overlay)], sort_keys=True) for overlay in OVERLAYS}
    assert len(texts) == len(OVERLAYS)


def test_everything_goes_to_one_namespace():
    cluster_wide = {
        "Namespace", "CSIDriver", "ClusterRole", "ClusterRoleBinding", "StorageClass", "VolumeSnapshotClass",
        "VolumeAttributesClass", "VolumeGroupSnapshotClass",
    }  # fmt: skip
    for overlay in OVERLAYS:
        for item in kustomize(overlay):
            expected = None if item["kind"] in cluster_wide else NAMESPACE
            assert item["metadata"].get("namespace") == expected, name(item)


def test_a_second_installation_collides_with_nothing():
    """Another name, driver and ports: no object in common but the classes, which have names of their own."""
    words = (
        "--set", "name=other,driverName=other.csi.swift,node.livenessPort=30808,node.registrarPort=30809",
        "--set", "snapshotClass=other,groupSnapshotClass=other",
        "--set-json", "storageClasses=[]",
    )  # fmt: skip
    first, second = helm("group-snapshots", "--set-json", "storageClasses=[]"), helm("group-snapshots", *words)
    assert not {name(item) for item in first} & {name(item) for item in second}
    text = json.dumps(second)
    for mine in ("cephfs.csi.swift", "cephfs-csi-swift", "29808", "29809"):
        assert mine not in text, mine
    role = one(second, "Role", "other-provisioner")
    assert role["rules"][1]["resourceNames"] == ["other-csi-swift"]


def test_classes_of_attributes_are_those_of_the_example():
    """Kubernetes before 1.34 does not have the kind, so no overlay installs one."""
    example = one(from_file(DEPLOY / "examples/volume-attributes.yaml"), "VolumeAttributesClass")
    value = [{"name": example["metadata"]["name"], "parameters": example["parameters"]}]
    made = one(helm("default", "--set-json", f"volumeAttributesClasses={json.dumps(value)}"), "VolumeAttributesClass")
    assert {**made, "metadata": {"name": made["metadata"]["name"]}} == example


def test_helm_installs_to_the_namespace_that_it_is_given():
    text = json.dumps(helm("capacity", "--namespace", "elsewhere"))
    assert '"namespace": "cephfs-csi"' not in text and '-namespace": "cephfs-csi"' not in text
    assert text.count('amespace": "elsewhere"') > 20


def test_the_kubelets_directory_is_one_value():
    text = json.dumps(helm("default", "--set", "kubeletDirectory=/data/kubelet"))
    assert "/var/lib/kubelet" not in text
    assert text.count("/data/kubelet") == json.dumps(helm("default")).count("/var/lib/kubelet") > 5


HOMES = sorted(path.name for path in (DEPLOY / "kubernetes/kubelet-directories").iterdir())


@pytest.mark.parametrize("home", HOMES)
@pytest.mark.parametrize("overlay", OVERLAYS)
def test_kustomize_moves_the_kubelets_directory_as_helm_does(overlay, home):
    base = DEPLOY / "kubernetes"
    directory = one(from_file(base / "kubelet-directories" / home / "directories.yaml"), "ConfigMap")["data"]["plugins"]
    directory = directory.removesuffix("/plugins")
    folder = REPOSITORY / ".build" / "kustomize" / f"{overlay}-{home}"
    folder.mkdir(parents=True, exist_ok=True)
    relative = os.path.relpath(base, folder)
    text = {
        "resources": [f"{relative}/overlays/{overlay}", f"{relative}/kubelet-directories/{home}"],
        "components": [f"{relative}/components/kubelet-directory"],
    }
    (folder / "kustomization.yaml").write_text(json.dumps(text))
    items = objects_in(run(tool("kubectl"), "kustomize", str(folder)))
    ours = {name(item): comparable(item) for item in items if item["kind"] != "Namespace"}
    theirs = {name(item): comparable(item) for item in helm(overlay, "--set", f"kubeletDirectory={directory}")}
    assert ours == theirs
    assert "/var/lib/kubelet" not in json.dumps(items).replace(directory, "")
