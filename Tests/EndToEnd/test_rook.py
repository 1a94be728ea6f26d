"""Users as Rook's operator makes them, and secrets as it writes them."""

import pytest
import yaml

from harness.plugin import run_cli
from harness.requests import MiB, Requests

ID = "csi-e2e-rook"


@pytest.fixture
def secret(cluster):
    """The secret of a provisioner that is made from `caps --output rook`, as Rook's operator does: no shell, caps as given."""
    printed = run_cli(
        "caps", "provisioner", "--config", cluster["CONFIG"], "--cluster", "dev", "--id", ID, "--data-pool", cluster["DATA_POOL"],
        "--output", "rook",
    )  # fmt: skip
    assert printed.returncode == 0, printed.stderr
    [made] = yaml.safe_load_all(printed.stdout)
    assert (made["apiVersion"], made["kind"]) == ("ceph.rook.io/v1", "CephClient")
    assert made["metadata"] == {"name": ID, "namespace": "rook-ceph"}
    caps = [text for daemon, cap in made["spec"]["caps"].items() for text in (daemon, cap)]
    cluster.monitor("auth get-or-create", entity=f"client.{ID}", caps=caps)
    key = cluster.key_of(ID)
    # Rook's pkg/operator/ceph/client/controller.go: the key by the object's name, and both pairs.
    yield {ID: key, "userID": ID, "userKey": key, "adminID": ID, "adminKey": key}
    cluster.monitor("auth rm", entity=f"client.{ID}")


def test_a_volumes_life_with_a_secret_of_rooks(cluster, client, name, secret):
    requests = Requests(cluster)
    requests.admin = secret
    made = client.must("CreateVolume", requests.create(name, size=64 * MiB, parameters={"credentials": "volume"})).volume
    node = client.must("NodeGetInfo").node_id
    context = client.must("ControllerPublishVolume", requests.controller_publish(made, node)).publish_context
    assert context
    assert cluster.users_of(made), "it may make the volume's user"
    client.must("ControllerUnpublishVolume", requests.controller_unpublish(made))
    client.must("DeleteVolume", requests.delete(made.volume_id))
    assert not cluster.users_of(made)
