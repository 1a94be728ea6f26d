"""Clusters that not every node reaches: the orchestrator is told, and volumes are made where they can be used."""

import pytest

from harness.requests import MiB
from harness.stubs import csi

SERVICE = csi.PluginCapability.Service


@pytest.fixture
def config(scratch, cluster):
    """Two places, and a group of one Ceph cluster for each: what differs for the plugin is the entry."""
    path = scratch / "topology.yaml"
    text = "clusters:\n"
    for zone in ("a", "b"):
        text += (
            f"  - id: zone-{zone}\n    monitors: [\"{cluster['MONITORS'].split(',')[0]}\"]\n"
            f"    filesystem: {cluster['FS']}\n    group: {scratch.name.lower()}-{zone}\n"
            f"    user: {cluster['PROVISIONER_ID']}\n    keyFile: {cluster['PROVISIONER_KEY_FILE']}\n"
            f"    topology: [topology.kubernetes.io/zone={zone}]\n"
        )
    path.write_text(text)
    return path


@pytest.fixture
def client(plugins, config):
    return plugins(config=config, options=["--topology", "topology.kubernetes.io/zone=b"]).start().client


def place(zone):
    return csi.Topology(segments={"topology.kubernetes.io/zone": zone})


def create(requests, name, preferred, **parameters):
    request = requests.create(name, size=64 * MiB)
    request.parameters.clear()
    request.parameters.update(parameters)
    request.accessibility_requirements.preferred.extend(place(zone) for zone in preferred)
    return request


def test_the_orchestrator_learns_that_there_are_places(client, plugins, cluster):
    def services(client):
        answer = client.must("GetPluginCapabilities")
        return [capability.service.type for capability in answer.capabilities]

    assert SERVICE.VOLUME_ACCESSIBILITY_CONSTRAINTS in services(client)
    plain = plugins().start().client
    assert SERVICE.VOLUME_ACCESSIBILITY_CONSTRAINTS not in services(plain)
    assert not plain.must("NodeGetInfo").HasField("accessible_topology")


def test_a_node_says_where_it_is(client):
    assert client.must("NodeGetInfo").accessible_topology == place("b")


def listed(client, name):
    volumes = [entry.volume for entry in client.must("ListVolumes").entries]
    return [(volume.volume_id, list(volume.accessible_topology)) for volume in volumes if volume.volume_id.endswith(name)]


@pytest.mark.parametrize("zone", ["a", "b"])
def test_a_volume_comes_where_its_pod_is_and_stays_found(client, requests, name, zone):
    other = "b" if zone == "a" else "a"
    volume = client.must("CreateVolume", create(requests, name, [zone, other])).volume
    try:
        assert volume.volume_id.startswith(f"zone-{zone}:")
        assert list(volume.accessible_topology) == [place(zone)]
        # The scheduler changed its mind between two tries.
        again = client.must("CreateVolume", create(requests, name, [other, zone])).volume
        assert again == volume
        # Both entries have one root: each volume is listed once, as the entry's whose group it is in.
        assert listed(client, name) == [(volume.volume_id, [place(zone)])]
    finally:
        client.must("DeleteVolume", requests.delete(volume.volume_id))


def test_nothing_is_made_where_nobody_can_use_it(client, requests, name):
    for request in (create(requests, name, ["c"]), create(requests, name, ["b"], cluster="zone-a")):
        reply = client.call("CreateVolume", request)
        assert reply.code == "RESOURCE_EXHAUSTED" and "accessibility_requirements" in reply.message
    assert not listed(client, name)


def test_capacity_is_that_of_the_place(client):
    def available(zone, **parameters):
        request = csi.GetCapacityRequest(accessible_topology=place(zone), parameters=parameters)
        return client.must("GetCapacity", request).available_capacity

    assert available("a") > 0 and available("a", cluster="zone-a") > 0
    assert available("a", cluster="zone-b") == 0 and available("c") == 0
