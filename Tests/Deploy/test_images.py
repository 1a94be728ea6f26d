"""Images: by version, from a registry that one value changes, and of the version that was looked at."""

import os
import re

import yaml

from support import facts
from support.render import CHART, OVERLAYS, containers, example_files, from_file, helm, kustomize, objects_in
from support.tools import REPOSITORY, run, tool

VERSION = re.compile(r"v?\d+\.\d+\.\d+$")


def _images(objects):
    return {container["image"] for _, _, container in containers(objects)}


def test_every_image_has_a_version():
    images = {image for overlay in OVERLAYS for image in _images(kustomize(overlay)) | _images(helm(overlay))}
    images |= {image for path in example_files() for image in _images(from_file(path))}
    assert len(images) > 7
    for image in images:
        assert VERSION.match(image.rsplit("/", 1)[-1].partition(":")[2]), image


def test_sidecars_have_the_versions_whose_facts_are_known():
    found = {image.rsplit("/", 1)[-1] for overlay in OVERLAYS for image in _images(kustomize(overlay))}
    assert {name for name in found if not name.startswith("cephfs-csi:")} == {
        f"{name}:{sidecar.version}" for name, sidecar in facts.SIDECARS.items()
    }


def test_the_plugins_version_is_the_programs():
    version = run(str(REPOSITORY / "scripts/version")).strip()
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text())
    assert (chart["version"], chart["appVersion"]) == (version, version)
    for overlay in OVERLAYS:
        assert f"cephfs-csi:{version}" in _images(kustomize(overlay))


def test_registries_are_values():
    words = ("--set", "image.registry=mine.example/a,sidecars.registry=mine.example/b,image.tag=9.9.9")
    images = _images(helm("default", *words))
    assert "mine.example/a/cephfs-csi:9.9.9" in images
    assert all(image.startswith("mine.example/") for image in images), images


def test_a_kustomization_can_change_them_too(tmp_path):
    """As docs/deploy.md shows it."""
    overlay = REPOSITORY / "deploy/kubernetes/overlays/default"
    images = [{"name": "cephfs-csi", "newName": "mine.example/cephfs-csi", "newTag": "9.9.9"}]
    images.append({"name": "registry.k8s.io/sig-storage/csi-provisioner", "newName": "mine.example/csi-provisioner"})
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "config.yaml").write_text('clusters: [{id: mine, monitors: ["198.51.100.1:6789"]}]\n')
    kustomization = {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "resources": [os.path.relpath(overlay, folder)],
        "images": images,
        "configMapGenerator": [
            {"name": "cephfs-csi", "namespace": "cephfs-csi", "behavior": "replace", "files": ["config.yaml"]}
        ],
    }
    (folder / "kustomization.yaml").write_text(yaml.safe_dump(kustomization))
    objects = objects_in(run(tool("kubectl"), "kustomize", str(folder)))
    assert "mine.example/cephfs-csi:9.9.9" in _images(objects)
    assert f"mine.example/csi-provisioner:{facts.PROVISIONER.version}" in _images(objects)
    [config] = [item for item in objects if item["kind"] == "ConfigMap"]
    assert config["metadata"]["name"] == "cephfs-csi" and "198.51.100.1" in config["data"]["config.yaml"]

