"""Bad requests to the calls that look at volumes and change them."""

from .badinput import (
    INVALID,
    MISSING,
    NOT_FOUND,
    RANGE,
    STRANGE_KEY,
    UNKNOWN_USER,
    parameter,
    put,
    raw,
    rows,
    secret,
    setting,
    without,
)  # fmt: skip

UTF8 = r"UTF-8"
MALFORMED = r"not a valid"
TOKEN = r"not a token.*start the list again"
NO_SUCH = r"no such volume"


def _range(required, limit=0):
    def change(request):
        request.capacity_range.required_bytes = required
        request.capacity_range.limit_bytes = limit

    return change


def mutable(key, value):
    return lambda request: request.mutable_parameters.__setitem__(key, value)


def _ids(method):
    """Ids that name nothing."""
    return rows(
        method,
        ("no volume id", without("volume_id"), INVALID, "volume_id", MISSING),
        ("an id of three parts", setting("volume_id", "dev:cephfs:csi"), NOT_FOUND, "volume_id", NO_SUCH),
        ("an id that climbs", setting("volume_id", "dev:cephfs:..:v"), NOT_FOUND, "volume_id", NO_SUCH),
        ("an id of the trash", setting("volume_id", "dev:cephfs:_trash:v"), NOT_FOUND, "volume_id", NO_SUCH),
        ("an id of an unknown cluster", setting("volume_id", "gone:cephfs:csi:v"), NOT_FOUND, "volume_id", NO_SUCH),
        ("an id of no UTF-8", raw(setting("volume_id", "XXXX"), b"XXXX", b"\xff\xfe\xff\xfe"), INVALID, "volume_id",
         UTF8),
        ("a cut message", lambda q: q.SerializeToString()[:-3], INVALID, f"{method}Request", MALFORMED),
    )  # fmt: skip


def _users(method):
    """Secrets of nobody."""
    return rows(
        method,
        ("an id of no volume", setting("volume_id", "dev:cephfs:csi:never-made"), NOT_FOUND, "never-made",
         r"no volume|does not exist"),
        ("no key", secret("adminKey", None), INVALID, "secrets[adminKey]", MISSING),
        ("a key of no base64", secret("adminKey", "????"), INVALID, "secrets[adminKey]", r"base64"),
        ("a wrong key", secret("adminKey", STRANGE_KEY), UNKNOWN_USER, "csi-provisioner", r"key"),
    )  # fmt: skip


EXPAND = [
    *_ids("ControllerExpandVolume"),
    *_users("ControllerExpandVolume"),
    *rows(
        "ControllerExpandVolume",
        ("no range", without("capacity_range"), INVALID, "capacity_range", MISSING),
        ("a negative size", _range(-1), INVALID, "capacity_range.required_bytes", r"negative"),
        ("a negative limit", _range(1 << 20, -1), INVALID, "capacity_range.limit_bytes", r"negative"),
        ("a limit below the size", _range(1 << 30, 1 << 20), RANGE, "capacity_range", r"raise the limit"),
        ("a limit below the volume's size", _range(1, 1 << 20), RANGE, "capacity_range.limit_bytes", r"don't shrink"),
        ("a size beyond all", _range((1 << 63) - 1), RANGE, "capacity_range.required_bytes", r"at most"),
        ("block access", lambda q: q.volume_capability.block.SetInParent(), INVALID, "volume_capability", r".+"),
    ),
]  # fmt: skip

MODIFY = [
    *_ids("ControllerModifyVolume"),
    *_users("ControllerModifyVolume"),
    *rows(
        "ControllerModifyVolume",
        ("an unknown parameter", mutable("tier", "gold"), INVALID, "mutable_parameters[tier]", r"maxFiles"),
        ("a negative number of files", mutable("maxFiles", "-1"), INVALID, "mutable_parameters[maxFiles]", r"0 or more"),
        ("a number with a unit", mutable("maxFiles", "1k"), INVALID, "mutable_parameters[maxFiles]", r"0 or more"),
        ("a rank beyond all", mutable("pin", "256"), INVALID, "mutable_parameters[pin]", r"0 to 255"),
        ("a pool that is a path", mutable("dataPool", "../x"), INVALID, "mutable_parameters[dataPool]", r"pool's name"),
        ("another pool", mutable("dataPool", "other"), INVALID, "mutable_parameters[dataPool]", r"isolation"),
    ),
]  # fmt: skip

LOOK = [
    *_ids("ControllerGetVolume"),
    *rows(
        "ControllerGetVolume",
        ("an id of no volume", setting("volume_id", "dev:cephfs:csi:never-made"), NOT_FOUND, "volume_id", NO_SUCH),
    ),
    *rows(
        "ListVolumes",
        ("a negative number of entries", setting("max_entries", -1), INVALID, "max_entries", r"negative"),
        ("a token that is a word", setting("starting_token", "word"), "ABORTED", "starting_token", TOKEN),
        ("a token that is a number", setting("starting_token", "7"), "ABORTED", "starting_token", TOKEN),
        ("a token of no id", setting("starting_token", "cHJvZA"), "ABORTED", "starting_token", TOKEN),
        ("a token of no UTF-8", raw(setting("starting_token", "XXXX"), b"XXXX", b"\xff\xfe\xff\xfe"), INVALID,
         "starting_token", UTF8),
        ("a token that is long", setting("starting_token", "A" * 100000), "ABORTED", "starting_token", TOKEN),
    ),
    *rows(
        "GetCapacity",
        ("an unknown parameter", parameter("tier", "gold"), INVALID, "parameters[tier]", r"unknown"),
        ("an unknown cluster", parameter("cluster", "nowhere"), INVALID, "parameters[cluster]", r"dev, blue"),
        ("a pool that is none", parameter("dataPool", "no-such-pool"), INVALID, "parameters[dataPool]",
         r"not a data pool"),
        ("a file system that is none", parameter("filesystem", "no-such-fs"), INVALID, "parameters[filesystem]",
         r"no file system no-such-fs.*dev: cephfs"),
        ("a parameter of no text", lambda q: put(q.parameters, cluster="d\0v"), INVALID, "parameters", r"NUL|must"),
    ),
]  # fmt: skip
