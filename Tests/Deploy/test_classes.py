"""Classes, secrets and examples use names that docs/parameters.md has."""

import re

from support.render import OVERLAYS, example_files, from_file, kustomize, one
from support.tools import DEPLOY, REPOSITORY

DOCUMENT = (REPOSITORY / "docs/parameters.md").read_text()
# external-provisioner, pkg/controller/controller.go; external-snapshotter, pkg/utils/util.go.
SECRET_KEYS = re.compile(
    r"csi\.storage\.k8s\.io/(provisioner|controller-publish|controller-expand|node-stage|node-publish|snapshotter|snapshotter-list|group-snapshotter)"
    r"-secret-(name|namespace)$"
)


def _section(title):
    return DOCUMENT.split(f"\n## {title}\n")[1].split("\n## ")[0]


def _first_column(title):
    return set(re.findall(r"^\| `([A-Za-z]+)` \|", _section(title), re.MULTILINE))


def _everything():
    items = [item for overlay in OVERLAYS for item in kustomize(overlay)]
    return items + [item for path in example_files() for item in from_file(path)]


def test_parameters_are_documented():
    known = {
        "StorageClass": _first_column("Parameters"),
        "VolumeAttributesClass": _first_column("Mutable parameters"),
        "VolumeSnapshotClass": set(),
        "VolumeGroupSnapshotClass": _first_column("VolumeGroupSnapshotClass"),
    }
    assert {"credentials", "dataPool"} <= known["StorageClass"] and "maxFiles" in known["VolumeAttributesClass"]
    seen = {kind: set() for kind in known}
    for item in _everything():
        if item["kind"] in known:
            for key in item["parameters"]:
                assert key in known[item["kind"]] or SECRET_KEYS.match(key), key
                seen[item["kind"]].add(key)
    assert len(seen["StorageClass"]) > 8 and len(seen["VolumeSnapshotClass"]) == 4 and seen["VolumeAttributesClass"]


def test_secrets_have_documented_keys_and_no_key_that_could_be_real():
    known = set(re.findall(r"`([a-z]+(?:ID|Key))`", _section("Secrets")))
    assert known == {"adminID", "adminKey", "fencerID", "fencerKey", "userID", "userKey"}
    secrets = from_file(DEPLOY / "examples/secrets.yaml")
    for secret in secrets:
        assert set(secret["stringData"]) <= known
        for key, value in secret["stringData"].items():
            assert not key.endswith("Key") or value.startswith("<"), value
    for path in sorted(DEPLOY.rglob("*")):
        if path.is_file():
            assert not re.search(r"AQ[A-Za-z0-9+/]{20,}", path.read_text()), f"{path} holds what looks like a key"


def _references(parameters):
    """The secrets that parameters name: call -> (namespace, name)."""
    calls = {match[1] for key in parameters if (match := SECRET_KEYS.match(key))}
    prefix = "csi.storage.k8s.io"
    return {
        call: (parameters[f"{prefix}/{call}-secret-namespace"], parameters[f"{prefix}/{call}-secret-name"])
        for call in calls
    }


def test_every_secret_that_is_named_is_among_the_examples():
    keys = {
        (item["metadata"]["namespace"], item["metadata"]["name"]): set(item["stringData"])
        for item in from_file(DEPLOY / "examples/secrets.yaml")
    }
    needs = {"node-stage": {"userID", "userKey"}, "node-publish": {"userID", "userKey"}}
    named = set()
    for item in _everything():
        for call, secret in _references(item.get("parameters", {})).items():
            wanted = set(needs.get(call, {"adminID", "adminKey"}))
            fences = call == "controller-publish" and item["parameters"]["credentials"] == "node"
            if fences or call == "group-snapshotter":
                wanted |= {"fencerID", "fencerKey"}
            assert wanted <= keys[secret], (item["metadata"]["name"], call)
            named.add(secret)
        if item["kind"] == "PersistentVolume":
            reference = item["spec"]["csi"]["nodeStageSecretRef"]
            assert {"userID", "userKey"} <= keys[reference["namespace"], reference["name"]]
            named.add((reference["namespace"], reference["name"]))
    assert named == set(keys)


def test_each_mode_names_the_secrets_that_it_needs():
    """docs/parameters.md, "Secrets"."""
    needs = {
        "volume": {"provisioner", "controller-publish"},
        "node": {"provisioner", "controller-publish"},
        "shared": {"provisioner", "controller-publish", "node-stage", "node-publish"},
    }
    for overlay in OVERLAYS:
        for item in kustomize(overlay):
            if item["kind"] == "StorageClass":
                wanted = needs[item["parameters"]["credentials"]] | {"controller-expand"}
                assert set(_references(item["parameters"])) == wanted
                assert item["allowVolumeExpansion"] is True
            if item["kind"] == "VolumeSnapshotClass":
                assert set(_references(item["parameters"])) == {"snapshotter", "snapshotter-list"}
            if item["kind"] == "VolumeGroupSnapshotClass":
                assert set(_references(item["parameters"])) == {"group-snapshotter"}


def test_one_drivers_name_everywhere():
    for overlay in OVERLAYS:
        driver = one(kustomize(overlay), "CSIDriver")["metadata"]["name"]
        for item in kustomize(overlay) + [item for path in example_files() for item in from_file(path)]:
            for place in ("provisioner", "driver", "driverName"):
                assert item.get(place, driver) == driver
            assert item.get("spec", {}).get("csi", {}).get("driver", driver) == driver


def test_examples_name_what_is_there():
    """Classes, claims and snapshots."""
    items = {path: from_file(path) for path in example_files()}
    everything = kustomize("group-snapshots") + [item for found in items.values() for item in found]
    names = {(item["kind"], item["metadata"]["name"]) for item in everything}
    claims = {item["metadata"]["name"] for found in items.values() for item in found if "Claim" in item["kind"]}
    for path, found in items.items():
        assert path.read_text().startswith("# "), f"{path} does not say what it shows"
        for item in found:
            text = str(item)
            for storage_class in re.findall(r"'storageClassName': '([^']+)'", text):
                assert ("StorageClass", storage_class) in names, path
            for snapshot_class in re.findall(r"'volumeSnapshotClassName': '([^']+)'", text):
                assert ("VolumeSnapshotClass", snapshot_class) in names, path
            for group_class in re.findall(r"'volumeGroupSnapshotClassName': '([^']+)'", text):
                assert ("VolumeGroupSnapshotClass", group_class) in names, path
            for attributes_class in re.findall(r"'volumeAttributesClassName': '([^']+)'", text):
                assert ("VolumeAttributesClass", attributes_class) in names, path
            for claim in re.findall(r"'(?:claimName|persistentVolumeClaimName)': '([^']+)'", text):
                assert claim in claims, path
            if source := item.get("spec", {}).get("dataSource"):
                assert (source["kind"], source["name"]) in names, path


def test_static_volumes_have_documented_attributes():
    [volume] = [item for item in _everything() if item["kind"] == "PersistentVolume"]
    attributes = volume["spec"]["csi"]["volumeAttributes"]
    assert {"static", "path"} <= set(attributes)
    for key in attributes:
        assert re.search(rf"^      {key}: ", _section("Static volumes"), re.MULTILINE), key
