"""The objects that tests make: claims, pods and what goes with them."""

import os

POD_IMAGE = os.environ.get("POD_IMAGE", "busybox:1.37.0")
SNAPSHOTS = "snapshot.storage.k8s.io/v1"
GROUPS = "groupsnapshot.storage.k8s.io/v1"
# A shell that is process 1 has to ask for SIGTERM, else each pod's end takes 30 s.
SLEEP = "trap 'exit 0' TERM; while :; do sleep 1 & wait $!; done"


def claim(name, size="1Gi", mode="ReadWriteMany", storage_class="cephfs", source=None, attributes=None, labels=None):
    spec = {
        "storageClassName": storage_class,
        "accessModes": [mode],
        "resources": {"requests": {"storage": size}},
    }
    if source:
        kind, source_name = source
        group = {"apiGroup": SNAPSHOTS.split("/")[0]} if kind == "VolumeSnapshot" else {}
        spec["dataSource"] = {**group, "kind": kind, "name": source_name}
    if attributes:
        spec["volumeAttributesClassName"] = attributes
    metadata = {"name": name, "labels": labels or {}}
    return {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": metadata, "spec": spec}


def pod(name, *claims, script="", read_only=False, sub_path=None, labels=None, **spec):
    """A pod that mounts each claim at /CLAIM's-place (/data, then /data1, ...), runs the script and waits."""
    mounts, volumes = [], []
    for number, entry in enumerate(claims):
        place = f"/data{number or ''}"
        mount = {"name": f"v{number}", "mountPath": place}
        if sub_path:
            mount["subPath"] = sub_path
        mounts.append(mount)
        source = {"claimName": entry, **({"readOnly": True} if read_only else {})}
        volumes.append({"name": f"v{number}", "persistentVolumeClaim": source})
    container = {
        "name": "main",
        "image": POD_IMAGE,
        "command": ["sh", "-c", f"{script}\n{SLEEP}"],
        "volumeMounts": mounts,
        "resources": {"requests": {"cpu": "1m", "memory": "4Mi"}},
    }
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "labels": labels or {}},
        "spec": {"containers": [container], "volumes": volumes, "terminationGracePeriodSeconds": 5, **spec},
    }


def deployment(name, replicas, claim_name, script):
    template = pod(name, claim_name, script=script, labels={"app": name})
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": {"app": name}},
            "template": {"metadata": {"labels": {"app": name}}, "spec": template["spec"]},
        },
    }


def snapshot(name, claim_name):
    return {
        "apiVersion": SNAPSHOTS,
        "kind": "VolumeSnapshot",
        "metadata": {"name": name},
        "spec": {"volumeSnapshotClassName": "cephfs", "source": {"persistentVolumeClaimName": claim_name}},
    }
