"""Bad requests to the Controller service."""

from .badinput import (
    INVALID,
    MISSING,
    NAME_RULE,
    NOT_FOUND,
    PATH_RULE,
    PRECONDITION,
    RANGE,
    STRANGE_KEY,
    UNKNOWN_USER,
    no_secrets,
    parameter,
    put,
    raw,
    rows,
    secret,
    setting,
    without,
)  # fmt: skip
from .requests import GiB, capability

OCTAL = r"octal"
NUMBER = r"must be a number"
CONTROL = r"control character|NUL|must not"
UTF8 = r"UTF-8"
MALFORMED = r"not a valid"


def _capability(request, **changes):
    """Replaces the only capability by one with other parts."""
    request.ClearField("volume_capabilities")
    request.volume_capabilities.append(capability(**changes))


def _range(request, required, limit):
    request.capacity_range.required_bytes = required
    request.capacity_range.limit_bytes = limit


def _second_capability(request):
    request.volume_capabilities.add().block.SetInParent()
    request.volume_capabilities[1].access_mode.mode = 1


def _flags(request):
    request.volume_capabilities[0].mount.mount_flags.extend(["x" * 100] * 42)


def from_snapshot(snapshot_id):
    return lambda q: setattr(q.volume_content_source.snapshot, "snapshot_id", snapshot_id)


def from_volume(volume_id):
    return lambda q: setattr(q.volume_content_source.volume, "volume_id", volume_id)


CREATE = [
    *rows(
        "CreateVolume",
        ("no name", without("name"), INVALID, "name", MISSING),
        ("a name of 129 bytes", setting("name", "a" * 129), INVALID, "name", r"at most 128 bytes"),
        ("a name of 65 characters in 130 bytes", setting("name", "é" * 65), INVALID, "name", r"at most 128 bytes"),
        ("a name with NUL", setting("name", "a\0b"), INVALID, "name", CONTROL),
        ("a name with SOH", setting("name", "a\x01b"), INVALID, "name", CONTROL),
        ("a name with BS", setting("name", "a\x08b"), INVALID, "name", CONTROL),
        ("a name with VT", setting("name", "a\x0bb"), INVALID, "name", CONTROL),
        ("a name with ESC", setting("name", "a\x1bb"), INVALID, "name", CONTROL),
        ("a name with DEL", setting("name", "a\x7fb"), INVALID, "name", CONTROL),
        ("a name with NEL", setting("name", "a\x85b"), INVALID, "name", CONTROL),
        ("a name of no UTF-8", raw(setting("name", "aXXb"), b"aXXb", b"a\xff\xfeb"), INVALID, "name", UTF8),
        ("a name of overlong UTF-8", raw(setting("name", "aXXb"), b"aXXb", b"a\xc0\xafb"), INVALID, "name", UTF8),
        ("a name with a surrogate", raw(setting("name", "aXXXb"), b"aXXXb", b"a\xed\xa0\x80b"), INVALID, "name", UTF8),
        ("a name cut in a character", raw(setting("name", "aXX"), b"aXX", b"a\xe6\x97"), INVALID, "name", UTF8),
    ),
    *rows(
        "CreateVolume",
        ("no capability", without("volume_capabilities"), INVALID, "volume_capabilities", MISSING),
        ("no access type", lambda q: q.volume_capabilities[0].ClearField("mount"), INVALID,
         "volume_capabilities[0].access_type", r"mount"),
        ("block access", lambda q: q.volume_capabilities[0].block.SetInParent(), INVALID,
         "volume_capabilities[0].block", r"mount"),
        ("block access in the second capability", _second_capability, INVALID,
         "volume_capabilities[1].block", r"mount"),
        ("no access mode", lambda q: q.volume_capabilities[0].ClearField("access_mode"), INVALID,
         "volume_capabilities[0].access_mode.mode", MISSING),
        ("the access mode UNKNOWN", lambda q: _capability(q, mode="UNKNOWN"), INVALID,
         "volume_capabilities[0].access_mode.mode", MISSING),
        ("an access mode of a later spec", lambda q: _capability(q, mode=99), INVALID,
         "volume_capabilities[0].access_mode.mode", r"99"),
        ("a negative access mode", lambda q: _capability(q, mode=-1), INVALID,
         "volume_capabilities[0].access_mode.mode", r"-1"),
        ("another file system type", lambda q: _capability(q, fs_type="ext4"), INVALID,
         "volume_capabilities[0].mount.fs_type", r"ceph"),
        ("a file system type of no UTF-8", raw(lambda q: _capability(q, fs_type="XXXX"), b"XXXX", b"\xff\xff\xff\xff"),
         INVALID, "volume_capabilities[0].mount.fs_type", UTF8),
        ("a file system type with NUL", lambda q: _capability(q, fs_type="ceph\0"), INVALID,
         "volume_capabilities[0].mount.fs_type", r"NUL|must be"),
        ("mount flags of more than 4 KiB", _flags, INVALID,
         "volume_capabilities[0].mount.mount_flags", r"4096|4 KiB"),
        ("a volume mount group", lambda q: setattr(q.volume_capabilities[0].mount, "volume_mount_group", "12"),
         INVALID, "volume_capabilities[0].mount.volume_mount_group", r"must be empty"),
    ),
    *rows(
        "CreateVolume",
        ("a negative size", lambda q: _range(q, -1, 0), INVALID, "capacity_range.required_bytes", r"negative"),
        ("a negative limit", lambda q: _range(q, 0, -1), INVALID, "capacity_range.limit_bytes", r"negative"),
        ("the most negative size", lambda q: _range(q, -(2**63), 0), INVALID, "capacity_range.required_bytes",
         r"negative"),
        ("a size above the limit", lambda q: _range(q, 2 * GiB, GiB), RANGE, "capacity_range.required_bytes",
         r"raise the limit|ask for less"),
        ("a size that rounding overflows", lambda q: _range(q, 2**63 - 1, 0), RANGE, "capacity_range.required_bytes",
         r"at most"),
    ),
    *rows(
        "CreateVolume",
        ("an unknown parameter", parameter("colour", "red"), INVALID, "parameters[colour]", r"the parameters are .*mode"),
        ("a parameter in other letters", parameter("Mode", "0777"), INVALID, "parameters[Mode]", r"parameters are"),
        ("a parameter of ceph-csi's", parameter("clusterID", "dev"), INVALID, "parameters[clusterID]", r"parameters are"),
        ("a parameter without a name", parameter("", "x"), INVALID, "parameters[]", r"parameters are"),
        ("a parameter's name with a newline", parameter("a\nb", "x"), INVALID, "parameters[a?b]", r"parameters are"),
        ("parameters of more than 4 KiB", parameter("cluster", "x" * 4200), INVALID, "parameters", r"at most 4096 bytes"),
        ("an unknown cluster", parameter("cluster", "nowhere"), INVALID, "parameters[cluster]", r"it has dev, blue"),
        ("an empty cluster", parameter("cluster", ""), INVALID, "parameters[cluster]", NAME_RULE),
        ("a cluster that is a path", parameter("cluster", "../dev"), INVALID, "parameters[cluster]", NAME_RULE),
        ("a cluster with a colon", parameter("cluster", "dev:x"), INVALID, "parameters[cluster]", NAME_RULE),
        ("no cluster where there are two", lambda q: q.parameters.pop("cluster"), INVALID, "parameters[cluster]",
         r"dev, blue"),
        ("an unknown file system", parameter("filesystem", "nofs"), INVALID, "parameters[filesystem]", r"nofs"),
        ("an empty file system", parameter("filesystem", ""), INVALID, "parameters[filesystem]", NAME_RULE),
        ("a file system that is a path", parameter("filesystem", "a/b"), INVALID, "parameters[filesystem]", NAME_RULE),
        ("a group that climbs", parameter("group", "../.."), INVALID, "parameters[group]", NAME_RULE),
        ("a group that is ..", parameter("group", ".."), INVALID, "parameters[group]", NAME_RULE),
        ("a group that is .", parameter("group", "."), INVALID, "parameters[group]", NAME_RULE),
        ("a group that is a path", parameter("group", "a/b"), INVALID, "parameters[group]", NAME_RULE),
        ("an absolute group", parameter("group", "/volumes/csi"), INVALID, "parameters[group]", NAME_RULE),
        ("an empty group", parameter("group", ""), INVALID, "parameters[group]", NAME_RULE),
        ("the staging directory as the group", parameter("group", "_staging"), INVALID, "parameters[group]", NAME_RULE),
        ("a hidden group", parameter("group", ".snap"), INVALID, "parameters[group]", NAME_RULE),
        ("a group of 101 bytes", parameter("group", "g" * 101), INVALID, "parameters[group]", r"100"),
        ("a group that leaves a volume id no room", parameter("group", "g" * 100), INVALID, "parameters[group]",
         r"at most|room"),
        ("a group with NUL", parameter("group", "a\0b"), INVALID, "parameters", r"NUL|A-Z"),
        ("a group with a newline", parameter("group", "a\nb"), INVALID, "parameters[group]", NAME_RULE),
        ("a group in other letters", parameter("group", "größe"), INVALID, "parameters[group]", NAME_RULE),
        ("a group of no UTF-8", raw(parameter("group", "XXXX"), b"XXXX", b"\xfe\xfe\xff\xff"), INVALID, "parameters",
         UTF8),
        ("a parameter's name of no UTF-8", raw(parameter("XXXX", "x"), b"XXXX", b"\xfe\xfe\xff\xff"), INVALID,
         "parameters", UTF8),
    ),
    *rows(
        "CreateVolume",
        ("an unknown data pool", parameter("dataPool", "nopool"), INVALID, "parameters[dataPool]", r"nopool"),
        ("an empty data pool", parameter("dataPool", ""), INVALID, "parameters[dataPool]", NAME_RULE),
        ("a data pool that is two words", parameter("dataPool", "a b"), INVALID, "parameters[dataPool]", NAME_RULE),
        ("a decimal mode", parameter("mode", "999"), INVALID, "parameters[mode]", OCTAL),
        ("a symbolic mode", parameter("mode", "rwxr-x---"), INVALID, "parameters[mode]", OCTAL),
        ("an empty mode", parameter("mode", ""), INVALID, "parameters[mode]", OCTAL),
        ("a mode of five digits", parameter("mode", "10000"), INVALID, "parameters[mode]", OCTAL),
        ("a hexadecimal mode", parameter("mode", "0x1ff"), INVALID, "parameters[mode]", OCTAL),
        ("a signed mode", parameter("mode", "-755"), INVALID, "parameters[mode]", OCTAL),
        ("a mode with a space", parameter("mode", " 755"), INVALID, "parameters[mode]", OCTAL),
        ("a uid of -1", parameter("uid", "-1"), INVALID, "parameters[uid]", NUMBER),
        ("a uid that is a name", parameter("uid", "root"), INVALID, "parameters[uid]", NUMBER),
        ("a uid that means unchanged", parameter("uid", "4294967295"), INVALID, "parameters[uid]", NUMBER),
        ("a uid beyond 32 bits", parameter("uid", "4294967296"), INVALID, "parameters[uid]", NUMBER),
        ("an empty uid", parameter("uid", ""), INVALID, "parameters[uid]", NUMBER),
        ("a fractional gid", parameter("gid", "1.5"), INVALID, "parameters[gid]", NUMBER),
        ("a signed gid", parameter("gid", "+5"), INVALID, "parameters[gid]", NUMBER),
        ("an endless gid", parameter("gid", "9" * 60), INVALID, "parameters[gid]", NUMBER),
        ("an unknown mounter", parameter("mounter", "nfs"), INVALID, "parameters[mounter]", r"must be .*fuse"),
        ("an empty mounter", parameter("mounter", ""), INVALID, "parameters[mounter]", r"must be .*fuse"),
        ("unknown credentials", parameter("credentials", "mine"), INVALID, "parameters[credentials]", r"must be .*shared"),
        ("a mutable parameter", lambda q: put(q.mutable_parameters, tier="gold"), INVALID,
         "mutable_parameters[tier]", r"unknown parameter"),
        ("a source that is nothing", lambda q: q.volume_content_source.SetInParent(), INVALID, "volume_content_source",
         r"snapshot or a volume"),
        ("a snapshot without an id", lambda q: q.volume_content_source.snapshot.SetInParent(), INVALID,
         "volume_content_source.snapshot.snapshot_id", MISSING),
        ("a volume without an id as the source", lambda q: q.volume_content_source.volume.SetInParent(), INVALID,
         "volume_content_source.volume.volume_id", MISSING),
        ("a snapshot of a strange id", from_snapshot("../s"), NOT_FOUND, "volume_content_source", r"no such snapshot"),
        ("a snapshot that never was", from_snapshot("dev:cephfs:csi:never"), NOT_FOUND, "volume_content_source",
         r"no such snapshot"),
        ("a source that never was", from_volume("dev:cephfs:csi:never"), NOT_FOUND, "volume_content_source",
         r"no such volume"),
        ("a snapshot of another cluster", from_snapshot("blue:cephfs:csi:s"), INVALID, "volume_content_source",
         r"must be on the cluster"),
        ("a source of another file system", from_volume("dev:other:csi:v"), INVALID, "volume_content_source",
         r"must be on the cluster and file system"),
    ),
    *rows(
        "CreateVolume",
        ("no secrets", no_secrets, INVALID, "secrets[adminID]", MISSING),
        ("no user", secret("adminID", None), INVALID, "secrets[adminID]", MISSING),
        ("no key", secret("adminKey", None), INVALID, "secrets[adminKey]", MISSING),
        ("an empty user", secret("adminID", ""), INVALID, "secrets[adminID]", MISSING),
        ("an empty key", secret("adminKey", ""), INVALID, "secrets[adminKey]", MISSING),
        ("a user with its type", secret("adminID", "client.csi-provisioner"), INVALID, "secrets[adminID]",
         r"without the client\. prefix"),
        ("a user that is a path", secret("adminID", "../admin"), INVALID, "secrets[adminID]", NAME_RULE),
        ("a user that is two words", secret("adminID", "a b"), INVALID, "secrets[adminID]", NAME_RULE),
        ("a user with NUL", secret("adminID", "a\0b"), INVALID, "secrets", r"NUL|A-Z"),
        ("a key of no base64", secret("adminKey", "not a key!"), INVALID, "secrets[adminKey]", r"base64"),
        ("a key that is too short", secret("adminKey", "QUJD"), INVALID, "secrets[adminKey]", r"base64"),
        ("a key that is too long", secret("adminKey", "QUJD" * 200), INVALID, "secrets[adminKey]", r"base64"),
        ("a key of no UTF-8", raw(secret("adminKey", "XXXX"), b"XXXX", b"\xff\xff\xff\xff"), INVALID, "secrets", UTF8),
        ("a wrong key", secret("adminKey", STRANGE_KEY), UNKNOWN_USER, "csi-provisioner", r"key"),
        ("an unknown user", secret("adminID", "nobody-at-all"), UNKNOWN_USER, "nobody-at-all", r"user|key"),
    ),
    *rows(
        "CreateVolume",
        ("a cut message", lambda q: q.SerializeToString()[:-3], INVALID, "CreateVolumeRequest", MALFORMED),
        ("bytes that are no message", lambda q: b"\xff" * 40, INVALID, "CreateVolumeRequest", MALFORMED),
        ("a name of another type", lambda q: b"\x08\x01", INVALID, "CreateVolumeRequest", MALFORMED),
    ),
]

DELETE = rows(
    "DeleteVolume",
    ("no volume id", without("volume_id"), INVALID, "volume_id", MISSING),
    ("a volume id of no UTF-8", raw(setting("volume_id", "XXXX"), b"XXXX", b"\xff\xfe\xff\xfe"), INVALID, "volume_id",
     UTF8),
    ("no user", secret("adminID", None), INVALID, "secrets[adminID]", MISSING),
    ("no key", secret("adminKey", None), INVALID, "secrets[adminKey]", MISSING),
    ("a key of no base64", secret("adminKey", "????"), INVALID, "secrets[adminKey]", r"base64"),
    ("a wrong key", secret("adminKey", STRANGE_KEY), UNKNOWN_USER, "csi-provisioner", r"key"),
    ("a cluster that the configuration lost", setting("volume_id", "gone:cephfs:csi:v"), PRECONDITION, "volume_id",
     r"cluster gone.*add it"),
    ("a cut message", lambda q: q.SerializeToString()[:-3], INVALID, "DeleteVolumeRequest", MALFORMED),
)  # fmt: skip

VALIDATE = rows(
    "ValidateVolumeCapabilities",
    ("no volume id", without("volume_id"), INVALID, "volume_id", MISSING),
    ("no capability", without("volume_capabilities"), INVALID, "volume_capabilities", MISSING),
    ("an id of three parts", setting("volume_id", "dev:cephfs:csi"), NOT_FOUND, "volume_id", r"no such volume"),
    ("an id that climbs", setting("volume_id", "dev:cephfs:..:v"), NOT_FOUND, "volume_id", r"no such volume"),
    ("an id that is a path", setting("volume_id", "dev:cephfs:csi:../x"), NOT_FOUND, "volume_id", r"no such volume"),
    ("an id with an empty part", setting("volume_id", "dev::csi:v"), NOT_FOUND, "volume_id", r"no such volume"),
    ("an id of staging", setting("volume_id", "dev:cephfs:_staging:v"), NOT_FOUND, "volume_id", r"no such volume"),
    ("an id of an unknown cluster", setting("volume_id", "gone:cephfs:csi:v"), NOT_FOUND, "volume_id",
     r"no such volume"),
    ("an id of no volume", setting("volume_id", "dev:cephfs:csi:never-made"), NOT_FOUND, "volume_id",
     r"no such volume"),
    ("an id of no UTF-8", raw(setting("volume_id", "XXXX"), b"XXXX", b"\xff\xfe\xff\xfe"), INVALID, "volume_id", UTF8),
    ("no secrets", no_secrets, INVALID, "secrets[adminID]", MISSING),
    ("a wrong key", secret("adminKey", STRANGE_KEY), UNKNOWN_USER, "csi-provisioner", r"key"),
    ("a static volume at /", lambda q: put(q.volume_context, static="true", path="/"), INVALID,
     "volume_context[path]", PATH_RULE),
    ("a static volume that climbs", lambda q: put(q.volume_context, static="true", path="/volumes/../etc"), INVALID,
     "volume_context[path]", PATH_RULE),
    ("a mark that is no boolean", lambda q: put(q.volume_context, static="yes"), INVALID, "volume_context[static]",
     r"true or false"),
    ("a static volume on an unknown cluster",
     lambda q: put(q.volume_context, static="true", path="/volumes/csi", cluster="nowhere"), INVALID,
     "volume_context[cluster]", r"dev, blue"),
)  # fmt: skip

SNAPSHOTS = [
    *rows(
        "CreateSnapshot",
        ("no name", without("name"), INVALID, "name", MISSING),
        ("no volume", without("source_volume_id"), INVALID, "source_volume_id", MISSING),
        ("an unknown parameter", parameter("colour", "red"), INVALID, "parameters[colour]", r"has none"),
        ("a volume of a strange id", setting("source_volume_id", "a/b"), NOT_FOUND, "source_volume_id",
         r"no such volume"),
        ("a volume that never was", setting("source_volume_id", "dev:cephfs:csi:never"), NOT_FOUND,
         "source_volume_id", r"no such volume"),
        ("no user", secret("adminID", None), INVALID, "secrets[adminID]", MISSING),
        ("a wrong key", secret("adminKey", STRANGE_KEY), UNKNOWN_USER, "csi-provisioner", r"key"),
    ),
    *rows(
        "DeleteSnapshot",
        ("no id", without("snapshot_id"), INVALID, "snapshot_id", MISSING),
        ("no user", secret("adminID", None), INVALID, "secrets[adminID]", MISSING),
        ("a cluster that the configuration lost", setting("snapshot_id", "gone:cephfs:csi:s"), PRECONDITION,
         "snapshot_id", r"cluster gone.*add it"),
    ),
    *rows(
        "ListSnapshots",
        ("a negative number", setting("max_entries", -1), INVALID, "max_entries", r"negative"),
        ("a strange token", setting("starting_token", "first"), "ABORTED", "starting_token", r"start the list again"),
    ),
    *rows(
        "GetSnapshot",
        ("no id", without("snapshot_id"), INVALID, "snapshot_id", MISSING),
        ("an id of no snapshot", setting("snapshot_id", "dev:cephfs:csi:never"), NOT_FOUND, "snapshot_id",
         r"no such snapshot"),
    ),
]  # fmt: skip

# Users whose caps end elsewhere: (label, entry of the configuration to ask, whose secrets, cap named by the message).
MISSING_CAPS = [
    ("a provisioner of another root", "dev", "BLUE_PROVISIONER", "path=/volumes"),
    ("a node's user", "dev", "NODE", "path=/volumes"),
]

