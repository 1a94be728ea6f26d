"""What `cephfs-csi volume export` prints, which an end-to-end test holds the program to, is what Kubernetes takes."""

import pathlib

import pytest
import yaml
from test_schemas import _complaint, _versions

EXPECTED = pathlib.Path(__file__).resolve().parent.parent / "EndToEnd" / "expected" / "exported.yaml"


@pytest.mark.parametrize("version", _versions(), ids=lambda version: ".".join(map(str, version)))
def test_it_fits_the_schemas(version):
    items = list(yaml.safe_load_all(EXPECTED.read_text()))
    assert [item["kind"] for item in items] == ["PersistentVolume", "PersistentVolumeClaim"]
    assert [complaint for item in items if (complaint := _complaint(item, version))] == []


def test_the_claim_and_the_volume_name_each_other():
    volume, claim = yaml.safe_load_all(EXPECTED.read_text())
    assert claim["spec"]["volumeName"] == volume["metadata"]["name"]
    reference = volume["spec"]["claimRef"]
    assert (reference["namespace"], reference["name"]) == (claim["metadata"]["namespace"], claim["metadata"]["name"])
    for field in ("storageClassName", "accessModes"):
        assert claim["spec"][field] == volume["spec"][field]
    assert claim["spec"]["resources"]["requests"]["storage"] == volume["spec"]["capacity"]["storage"]
