"""Each sidecar may do what it documents that it needs here, and nothing else; the node's pods may do nothing."""

import re

import pytest

from support import facts
from support.render import NAMESPACE, OVERLAYS, containers, kustomize, one
from support.tools import REPOSITORY

ROLE_NAMES = {
    "cephfs-csi-provisioner": (facts.PROVISIONER, ("attributes",)),
    "cephfs-csi-attacher": (facts.ATTACHER, ()),
    "cephfs-csi-resizer": (facts.RESIZER, ()),
    "cephfs-csi-snapshotter": (facts.SNAPSHOTTER, ()),
}


def _granted(role):
    """(group, resource) -> verbs of a role's rules, which name nothing by a wildcard."""
    found = {}
    for rule in role["rules"]:
        assert set(rule) <= {"apiGroups", "resources", "resourceNames", "verbs"}
        assert "*" not in rule["apiGroups"] + rule["resources"] + rule["verbs"], role["metadata"]["name"]
        for group in rule["apiGroups"]:
            for resource in rule["resources"]:
                found.setdefault((group, resource), set()).update(rule["verbs"])
    return found


def _needed(sidecar, features):
    needed = dict(sidecar.rights)
    for feature in features:
        needed.update(sidecar.optional[feature])
    return {key: set(verbs) for key, verbs in needed.items()}


def _sidecars(objects):
    images = {container["image"].rsplit("/", 1)[-1].split(":")[0] for _, _, container in containers(objects)}
    return [facts.SIDECARS[image] for image in images if image in facts.SIDECARS]


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_cluster_roles_are_what_the_sidecars_there_need(overlay):
    objects = kustomize(overlay)
    running = _sidecars(objects)
    expected = {
        role: _needed(sidecar, features) for role, (sidecar, features) in ROLE_NAMES.items() if sidecar in running
    }
    if facts.SNAPSHOTTER in running:
        snapshots = facts.PROVISIONER.optional["snapshots"]
        expected["cephfs-csi-provisioner-snapshots"] = {key: set(verbs) for key, verbs in snapshots.items()}
    if overlay == "group-snapshots":
        groups = facts.SNAPSHOTTER.optional["groups"]
        expected["cephfs-csi-snapshotter-groups"] = {key: set(verbs) for key, verbs in groups.items()}
    if overlay in ("capacity", "topology"):
        nodes = facts.PROVISIONER.optional["topology"]
        expected["cephfs-csi-provisioner-topology"] = {key: set(verbs) for key, verbs in nodes.items()}
    granted = {item["metadata"]["name"]: _granted(item) for item in objects if item["kind"] == "ClusterRole"}
    assert granted == expected


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_capacity_objects_are_written_in_one_namespace(overlay):
    roles = [
        item
        for item in kustomize(overlay)
        if item["kind"] in ("Role", "ClusterRole")
        and any("csistoragecapacities" in rule["resources"] for rule in item["rules"])
    ]
    assert [item["kind"] for item in roles] == (["Role"] if overlay == "capacity" else [])
    for role in roles:
        assert _granted(role) == {key: set(verbs) for key, verbs in facts.CAPACITY_OWN.items()}


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_leases_are_the_sidecars_own(overlay):
    """Names as leader election makes them of the driver's (csi-lib-utils, sanitizeName)."""
    objects = kustomize(overlay)
    driver = re.sub("[^a-zA-Z0-9-]", "-", one(objects, "CSIDriver")["metadata"]["name"])
    expected = {sidecar.lease.format(driver) for sidecar in _sidecars(objects) if sidecar.lease}
    found = set()
    for role in [item for item in objects if item["kind"] == "Role" and item["metadata"]["name"] in ROLE_NAMES]:
        create, own = role["rules"]
        assert create == {
            "apiGroups": ["coordination.k8s.io"], "resources": ["leases"], "verbs": list(facts.LEASE_CREATE),
        }  # fmt: skip
        assert own["apiGroups"] == ["coordination.k8s.io"] and own["resources"] == ["leases"]
        assert tuple(own["verbs"]) == facts.LEASE_OWN
        found.update(own["resourceNames"])
    assert found == expected
    for _, _, container in containers(objects):
        image = container["image"].rsplit("/", 1)[-1].split(":")[0]
        elects = image in facts.SIDECARS and facts.SIDECARS[image].lease is not None
        assert ("--leader-election" in container["args"]) == elects


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_secrets_are_read_in_one_namespace_by_name(overlay):
    objects = kustomize(overlay)
    roles = [
        item
        for item in objects
        if item["kind"] in ("Role", "ClusterRole") and any("secrets" in rule["resources"] for rule in item["rules"])
    ]
    assert [(role["kind"], role["metadata"]["namespace"]) for role in roles] == [("Role", NAMESPACE)]
    assert _granted(roles[0]) == {("", "secrets"): set(facts.SECRET_VERBS)}


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_every_role_is_bound_to_the_controller_and_nothing_to_the_node(overlay):
    objects = kustomize(overlay)
    kinds = {"ClusterRoleBinding": "ClusterRole", "RoleBinding": "Role"}
    bound = set()
    for item in [item for item in objects if item["kind"] in kinds]:
        assert item["subjects"] == [
            {"kind": "ServiceAccount", "name": "cephfs-csi-controller", "namespace": NAMESPACE}
        ]
        assert item["roleRef"]["kind"] == kinds[item["kind"]]
        bound.add((item["roleRef"]["kind"], item["roleRef"]["name"]))
    assert bound == {
        (item["kind"], item["metadata"]["name"]) for item in objects if item["kind"] in ("Role", "ClusterRole")
    }
    node = one(objects, "DaemonSet")["spec"]["template"]["spec"]
    assert node["serviceAccountName"] == "cephfs-csi-node"


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_only_sidecars_that_call_the_api_have_a_token(overlay):
    objects = kustomize(overlay)
    for item in objects:
        if item["kind"] == "ServiceAccount":
            assert item["automountServiceAccountToken"] is False
    for where, spec, container in containers(objects):
        assert spec["automountServiceAccountToken"] is False, where
        image = container["image"].rsplit("/", 1)[-1].split(":")[0]
        calls = image in facts.SIDECARS and bool(facts.SIDECARS[image].rights)
        mounts = {mount["mountPath"]: mount["name"] for mount in container["volumeMounts"]}
        assert ("/var/run/secrets/kubernetes.io/serviceaccount" in mounts) == calls, where
        assert ("token" in mounts.values()) == calls, where


def test_what_the_plugin_offers_is_what_the_rights_assume():
    """The provisioner watches no attachments, because on its socket the plugin does not say that it publishes; no nodes
    and pods, because the plugin does not do more."""
    [provisioner] = [c for _, _, c in containers(kustomize("default")) if c["name"] == "provisioner"]
    [plugin] = [c for where, _, c in containers(kustomize("default")) if c["name"] == "plugin" and "Stateful" in where]
    assert "--csi-address=/csi/provisioner.sock" in provisioner["args"]
    assert "--provisioner-endpoint=unix:///csi/provisioner.sock" in plugin["args"]
    identity = (REPOSITORY / "Sources/CSIServices/Identity/CephFSIdentityService.swift").read_text()
    assert "if hasTopologies() {" in identity, "only then does the provisioner need nodes and csinodes"
    resizer = next(c for _, _, c in containers(kustomize("default")) if c["name"] == "resizer")
    assert "--handle-volume-inuse-error=false" in resizer["args"], "else the resizer watches pods"
