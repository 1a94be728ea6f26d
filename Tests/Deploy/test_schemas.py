"""Every object fits Kubernetes' own schemas, strictly, from the oldest supported version to the newest known."""

import functools
import json
import pathlib

import kubernetes_validate
import pytest
import yaml

from support.render import CHART, OVERLAYS, example_files, from_file, helm, kustomize, name

OLDEST = (1, 30)
# Kinds that are in no schema of Kubernetes, because a CRD brings them.
CUSTOM = {"VolumeSnapshot", "VolumeSnapshotClass", "VolumeGroupSnapshot", "VolumeGroupSnapshotClass"}
# Kinds that came later, and the first version that has them.
SINCE = {("storage.k8s.io/v1", "VolumeAttributesClass"): (1, 34)}


def _versions():
    folder = pathlib.Path(kubernetes_validate.__file__).parent / "kubernetes-json-schema"
    found = {tuple(int(part) for part in path.name[1:].split("-")[0].split(".")[:2]) for path in folder.glob("v*")}
    return sorted(version for version in found if version >= OLDEST)


@functools.cache
def _everything():
    """Each different object once. Not to be changed."""
    items = [item for overlay in OVERLAYS for item in kustomize(overlay) + helm(overlay)]
    items += [item for path in example_files() for item in from_file(path)]
    return list({json.dumps(item, sort_keys=True): item for item in items}.values())


def _complaint(item, version):
    text = ".".join(map(str, version))
    try:
        kubernetes_validate.validate(item, text, strict=True)
    except kubernetes_validate.ValidationError as error:
        return f"{name(item)} in {text}: {'.'.join(map(str, error.path))}: {error.message[:200]}"
    return None


def test_the_range_of_versions():
    versions = _versions()
    assert versions[0] == OLDEST
    assert len(versions) >= 8, versions
    assert yaml.safe_load((CHART / "Chart.yaml").read_text())["kubeVersion"] == f">={OLDEST[0]}.{OLDEST[1]}.0-0"


@pytest.mark.parametrize("version", _versions(), ids=lambda version: ".".join(map(str, version)))
def test_every_object_is_valid(version):
    items = [
        item
        for item in _everything()
        if item["kind"] not in CUSTOM and version >= SINCE.get((item["apiVersion"], item["kind"]), OLDEST)
    ]
    assert len(items) > 40
    assert [complaint for item in items if (complaint := _complaint(item, version))] == []


def test_later_kinds_are_really_later():
    """A kind may be left out of older versions only because it is not there."""
    [item] = {name(item): item for item in _everything() if item["kind"] == "VolumeAttributesClass"}.values()
    with pytest.raises(kubernetes_validate.SchemaNotFoundError):
        kubernetes_validate.validate(item, "1.33", strict=True)


def test_a_wrong_field_is_seen():
    """Guards the check itself."""
    for change in ({"attachRequird": True}, {"attachRequired": "yes"}):
        [item] = [item for item in kustomize("default") if item["kind"] == "CSIDriver"]
        item["spec"].update(change)
        assert _complaint(item, OLDEST)


def test_snapshot_objects():
    """Fields of snapshot.storage.k8s.io/v1 and of groupsnapshot (external-snapshotter, client/apis/*/v1/types.go)."""
    items = [item for item in _everything() if item["kind"] in CUSTOM]
    assert {item["kind"] for item in items} == CUSTOM
    for item in items:
        group = "groupsnapshot" if "Group" in item["kind"] else "snapshot"
        assert item["apiVersion"] == f"{group}.storage.k8s.io/v1"
        if item["kind"].endswith("Class"):
            assert set(item) <= {"apiVersion", "kind", "metadata", "driver", "deletionPolicy", "parameters"}
            assert item["deletionPolicy"] in ("Delete", "Retain")
        else:
            assert set(item) == {"apiVersion", "kind", "metadata", "spec"}
            word = "volumeGroupSnapshotClassName" if group == "groupsnapshot" else "volumeSnapshotClassName"
            assert set(item["spec"]) <= {"source", word}
            assert len(item["spec"]["source"]) == 1
