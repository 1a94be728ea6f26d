"""Bad requests to the GroupController service, and for volumes that show a snapshot."""

from .badinput import (
    INVALID,
    MISSING,
    NOT_FOUND,
    PRECONDITION,
    STRANGE_KEY,
    UNKNOWN_USER,
    parameter,
    raw,
    rows,
    secret,
    setting,
    without,
)  # fmt: skip
from .devcluster import DevCluster

NO_SUCH_VOLUME = r"no such volume"
NO_SUCH_GROUP = r"no such group snapshot"
LEVELS = r"crash-per-volume"


def _sources(*ids):
    def change(request):
        del request.source_volume_ids[:]
        request.source_volume_ids.extend(ids)

    return change


def _twice(request):
    request.source_volume_ids.append(request.source_volume_ids[0])


def _users(method):
    """Secrets of nobody."""
    return rows(
        method,
        ("no user", secret("adminID", None), INVALID, "secrets[adminID]", MISSING),
        ("a key of no base64", secret("adminKey", "????"), INVALID, "secrets[adminKey]", r"base64"),
        ("a wrong key", secret("adminKey", STRANGE_KEY), UNKNOWN_USER, "csi-provisioner", r"key"),
    )


CREATE = [
    *_users("CreateVolumeGroupSnapshot"),
    *rows(
        "CreateVolumeGroupSnapshot",
        ("no name", without("name"), INVALID, "name", MISSING),
        ("a name of no UTF-8", raw(setting("name", "XXXX"), b"XXXX", b"\xff\xfe\xff\xfe"), INVALID, "name", r"UTF-8"),
        ("no volumes", _sources(), INVALID, "source_volume_ids", MISSING),
        ("an empty id", _sources(""), INVALID, "source_volume_ids[0]", MISSING),
        ("too many volumes", _sources(*(f"dev:cephfs:csi:never-{number}" for number in range(65))), INVALID,
         "source_volume_ids", r"at most 64"),
        ("a volume twice", _twice, INVALID, "source_volume_ids", r"each volume once"),
        ("an id of three parts", _sources("dev:cephfs:csi"), NOT_FOUND, "source_volume_ids[0]", NO_SUCH_VOLUME),
        ("an id of an unknown cluster", _sources("gone:cephfs:csi:v"), NOT_FOUND, "source_volume_ids[0]",
         NO_SUCH_VOLUME),
        ("an id of no volume", _sources("dev:cephfs:csi:never-made"), NOT_FOUND, "never-made", NO_SUCH_VOLUME),
        ("volumes of two groups", _sources("dev:cephfs:a:v", "dev:cephfs:b:v"), INVALID, "source_volume_ids",
         r"one cluster, file system and subvolume group"),
        ("an unknown parameter", parameter("atomic", "yes"), INVALID, "parameters[atomic]",
         r"groupSnapshotConsistency"),
        ("an unknown consistency", parameter("groupSnapshotConsistency", "best"), INVALID,
         "parameters[groupSnapshotConsistency]", LEVELS),
        ("what this cluster can't do, or not with this secret", lambda q: q.parameters.clear(), PRECONDITION,
         "groupSnapshotConsistency", LEVELS if DevCluster.release_to_test() < 19 else r"fencerID and fencerKey"),
    ),
]  # fmt: skip

DELETE = [
    *_users("DeleteVolumeGroupSnapshot"),
    *rows(
        "DeleteVolumeGroupSnapshot",
        ("no id", without("group_snapshot_id"), INVALID, "group_snapshot_id", MISSING),
        ("an id of an unknown cluster", setting("group_snapshot_id", "gone:cephfs:csi:g"), PRECONDITION,
         "group_snapshot_id", r"cluster gone.*add it"),
    ),
]  # fmt: skip

GET = rows(
    "GetVolumeGroupSnapshot",
    ("no id", without("group_snapshot_id"), INVALID, "group_snapshot_id", MISSING),
    ("an id of three parts", setting("group_snapshot_id", "a:b:c"), NOT_FOUND, "group_snapshot_id", NO_SUCH_GROUP),
    ("an id of no group snapshot", setting("group_snapshot_id", "dev:cephfs:csi:never"), NOT_FOUND,
     "group_snapshot_id", NO_SUCH_GROUP),
    ("a key of no base64", secret("adminKey", "????"), INVALID, "secrets[adminKey]", r"base64"),
)  # fmt: skip

VIEWS = rows(
    "CreateVolume",
    ("a view of nothing", parameter("backingSnapshot", "true"), INVALID, "volume_content_source", r"snapshot"),
    ("a view that is no flag", parameter("backingSnapshot", "yes"), INVALID, "parameters[backingSnapshot]",
     r"true or false"),
)  # fmt: skip
