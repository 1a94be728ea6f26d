"""Snapshots, and volumes made of them and of volumes; compared by hash."""

import os

import pytest
from test_life import CHECK, WRITE

from support.kubectl import until
from support.objects import GROUPS, snapshot

OTHER = "head -c 100000 /dev/urandom >/data/random"


@pytest.fixture
def written(cluster):
    """A claim, and a pod that has written to it and still holds it."""
    claim = cluster.claim()
    pod = cluster.pod("writer", claim)
    cluster.kubectl.sh(pod, WRITE + " && sync")
    return claim, pod


def test_a_snapshot_is_restored(cluster, written):
    claim, pod = written
    taken = cluster.called("taken")
    cluster.apply(snapshot(taken, claim))
    cluster.snapshot_ready(taken)
    cluster.kubectl.sh(pod, OTHER)
    restored = cluster.claim("restored", source=("VolumeSnapshot", taken))
    assert cluster.kubectl.sh(cluster.pod("reader", restored), CHECK) == "same\n"


def test_a_volume_is_cloned(cluster, written):
    claim, pod = written
    copy = cluster.claim("copy", source=("PersistentVolumeClaim", claim))
    cluster.kubectl.sh(pod, OTHER)
    assert cluster.kubectl.sh(cluster.pod("reader", copy), CHECK) == "same\n"


def test_a_snapshot_outlives_its_volume(cluster, written):
    claim, pod = written
    taken = cluster.called("taken")
    cluster.apply(snapshot(taken, claim))
    cluster.snapshot_ready(taken)
    volume = cluster.volume_of(claim)["metadata"]["name"]
    cluster.delete("pod", pod)
    cluster.delete("pvc", claim)
    cluster.gone([volume])
    restored = cluster.claim("restored", source=("VolumeSnapshot", taken))
    assert cluster.kubectl.sh(cluster.pod("reader", restored), CHECK) == "same\n"


def test_a_view_shows_a_snapshot_without_a_copy(cluster, written):
    claim, pod = written
    taken = cluster.called("taken")
    cluster.apply(snapshot(taken, claim))
    cluster.snapshot_ready(taken)
    cluster.kubectl.sh(pod, OTHER)
    view_class = cluster.called("view")
    like = cluster.kubectl.get("storageclass", "cephfs")
    cluster.apply(
        {
            "apiVersion": "storage.k8s.io/v1",
            "kind": "StorageClass",
            "metadata": {"name": view_class},
            "provisioner": like["provisioner"],
            "parameters": {**like["parameters"], "backingSnapshot": "true"},
        }
    )
    view = cluster.claim("claim-view", storage_class=view_class, mode="ReadOnlyMany", source=("VolumeSnapshot", taken))
    assert cluster.kubectl.sh(cluster.pod("reader", view), CHECK) == "same\n"


@pytest.mark.skipif(os.environ.get("OVERLAY") != "group-snapshots", reason="OVERLAY=group-snapshots has them")
def test_a_group_snapshot_takes_every_member(cluster):
    claims = [cluster.claim(name, labels={"group": cluster.name}) for name in ("a", "b")]
    for claim in claims:
        cluster.kubectl.sh(cluster.pod(f"writer-{claim[-1]}", claim), WRITE + " && sync")
    name = cluster.called("both")
    _take_group(cluster, name, "cephfs")
    status = until(lambda: cluster.events(name), lambda: _settled(cluster, name))
    if not status.get("readyToUse"):
        # Ceph older than 19: what the message says has to be of use.
        name = cluster.called("each")
        _take_group(cluster, name, _crash_class(cluster))
        until(lambda: cluster.events(name), lambda: _settled(cluster, name).get("readyToUse"))
    members = [
        item["metadata"]["name"]
        for item in cluster.kubectl.get("volumesnapshots")
        if (item.get("status") or {}).get("volumeGroupSnapshotName") == name
    ]
    assert len(members) == 2
    for number, member in enumerate(members):
        restored = cluster.claim(f"restored{number}", source=("VolumeSnapshot", member))
        assert cluster.kubectl.sh(cluster.pod(f"reader{number}", restored), CHECK) == "same\n"


def _crash_class(cluster):
    name = cluster.called("crash")
    like = cluster.kubectl.get("volumegroupsnapshotclass", "cephfs")
    wanted = {key: like[key] for key in ("apiVersion", "kind", "driver", "deletionPolicy")}
    parameters = {**like["parameters"], "groupSnapshotConsistency": "crash-per-volume"}
    cluster.apply({**wanted, "metadata": {"name": name}, "parameters": parameters})
    return name


def _take_group(cluster, name, class_name):
    spec = {"volumeGroupSnapshotClassName": class_name, "source": {"selector": {"matchLabels": {"group": cluster.name}}}}
    cluster.apply({"apiVersion": GROUPS, "kind": "VolumeGroupSnapshot", "metadata": {"name": name}, "spec": spec})


def _settled(cluster, name):
    """The group snapshot's status once it is ready, or refused because Ceph can't freeze; an empty one before."""
    status = cluster.kubectl.get("volumegroupsnapshot", name).get("status") or {}
    is_refused = "can't freeze" in (status.get("error") or {}).get("message", "")
    return status if status.get("readyToUse") or is_refused else {}
