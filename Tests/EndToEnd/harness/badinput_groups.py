"""Bad requests about group snapshots, and for volumes that show a snapshot."""

from .badinput import (
    INVALID, MISSING, NOT_FOUND, PRECONDITION, STRANGE_KEY, UNKNOWN_USER, no_secrets, parameter, rows, secret, setting,
    without,
)  # fmt: skip

NEVER = "dev:cephfs:csi:never"


def _also(*ids):
    return lambda request: request.source_volume_ids.extend(ids)


def _twice(request):
    request.source_volume_ids.append(request.source_volume_ids[0])


def _view(request):
    request.parameters["backingSnapshot"] = "true"


GROUPS = [
    *rows(
        "CreateVolumeGroupSnapshot",
        ("no name", without("name"), INVALID, "name", MISSING),
        ("no volumes", without("source_volume_ids"), INVALID, "source_volume_ids", MISSING),
        ("an empty volume id", _also(""), INVALID, "source_volume_ids[1]", MISSING),
        ("an id of three parts", _also("dev:cephfs:csi"), NOT_FOUND, "source_volume_ids[1]", r"no such volume"),
        ("an id of an unknown cluster", _also("gone:cephfs:csi:v"), NOT_FOUND, "source_volume_ids[1]",
         r"no such volume"),
        ("an id of no volume", _also(NEVER), NOT_FOUND, "source_volume_ids", r"no such volume"),
        ("a volume of another group", _also("dev:cephfs:other:v"), INVALID, "source_volume_ids", r"of one cluster"),
        ("a volume twice", _twice, INVALID, "source_volume_ids", r"there twice"),
        ("too many volumes", _also(*(f"{NEVER}-{n}" for n in range(64))), INVALID, "source_volume_ids", r"at most 64"),
        ("an unknown parameter", parameter("pool", "x"), INVALID, "parameters[pool]", r"groupSnapshotConsistency"),
        ("an unknown consistency", parameter("groupSnapshotConsistency", "perfect"), INVALID,
         "parameters[groupSnapshotConsistency]", r"frozen or crash-per-volume"),
        ("more than the cluster can", parameter("groupSnapshotConsistency", "frozen"), PRECONDITION, "cluster dev",
         r"groupSnapshotConsistency: crash-per-volume"),
        ("no secrets", no_secrets, INVALID, "secrets[adminID]", MISSING),
        ("a wrong key", secret("adminKey", STRANGE_KEY), UNKNOWN_USER, "csi-provisioner", r"key"),
    ),
    *rows(
        "DeleteVolumeGroupSnapshot",
        ("no id", without("group_snapshot_id"), INVALID, "group_snapshot_id", MISSING),
        ("no secrets", no_secrets, INVALID, "secrets[adminID]", MISSING),
        ("a cluster that the configuration lost", setting("group_snapshot_id", "gone:cephfs:csi:g"), PRECONDITION,
         "group_snapshot_id", r"cluster gone.*add it"),
    ),
    *rows(
        "GetVolumeGroupSnapshot",
        ("no id", without("group_snapshot_id"), INVALID, "group_snapshot_id", MISSING),
        ("an id of no group snapshot", lambda q: None, NOT_FOUND, "group_snapshot_id", r"no such group snapshot"),
        ("an id of three parts", setting("group_snapshot_id", "dev:cephfs:csi"), NOT_FOUND, "group_snapshot_id",
         r"no such group snapshot"),
    ),
    *rows(
        "CreateVolume",
        ("a view of nothing", _view, INVALID, "volume_content_source", r"snapshot"),
        ("a view that is no flag", parameter("backingSnapshot", "yes"), INVALID, "parameters[backingSnapshot]",
         r"true or false"),
    ),
]  # fmt: skip
