"""Bad requests to the Node service."""

from .badinput import (
    INVALID,
    MISSING,
    NOT_FOUND,
    PATH_RULE,
    PRECONDITION,
    STRANGE_KEY,
    UNKNOWN_USER,
    context,
    no_secrets,
    raw,
    rows,
    secret,
    setting,
    without,
)  # fmt: skip

UTF8 = r"UTF-8"
DATA_DIRECTORY = r"must be the volume's data directory|must be an absolute path"


def _flags(*flags):
    return lambda request: request.volume_capability.mount.mount_flags.extend(flags)


def _mode(number):
    return lambda request: setattr(request.volume_capability.access_mode, "mode", number)


def _block(request):
    request.volume_capability.block.SetInParent()


def _fs_type(request):
    request.volume_capability.mount.fs_type = "xfs"


def path_rows(method, field):
    """What no path on the node may be."""
    return rows(
        method,
        (f"no {field}", without(field), INVALID, field, MISSING),
        (f"a relative {field}", setting(field, "var/lib/kubelet/x"), INVALID, field, PATH_RULE),
        (f"a {field} that climbs", setting(field, "/var/lib/kubelet/../../etc"), INVALID, field, r"\.\."),
        (f"a {field} that is the host's root", setting(field, "/"), INVALID, field, PATH_RULE),
        (f"a {field} that is the host's root in disguise", setting(field, "//"), INVALID, field, PATH_RULE),
        (f"a {field} with NUL", setting(field, "/tmp/a\0b"), INVALID, field, r"NUL|control"),
        (f"a {field} of 5000 bytes", setting(field, "/" + "a/" * 2500), INVALID, field, r"at most \d+ bytes"),
        (f"a {field} of no UTF-8", raw(setting(field, "/XXXX"), b"/XXXX", b"/\xff\xfe\xff\xfe"), INVALID, field, UTF8),
    )


def id_rows(method):
    """What every call asks of a volume id."""
    return rows(
        method,
        ("no volume id", without("volume_id"), INVALID, "volume_id", MISSING),
        ("a volume id of no UTF-8", raw(setting("volume_id", "XXXX"), b"XXXX", b"\xff\xfe\xff\xfe"), INVALID,
         "volume_id", UTF8),
        ("a volume id with NUL", setting("volume_id", "a\0b"), INVALID, "volume_id", r"NUL|control"),
    )  # fmt: skip


def capability_rows(method):
    """What every call asks of a volume capability."""
    field = "volume_capability"
    return rows(
        method,
        ("no capability", without(field), INVALID, field, MISSING),
        ("no access type", without(f"{field}.mount"), INVALID, f"{field}.access_type", r"mount"),
        ("block access", _block, INVALID, f"{field}.block", r"mount"),
        ("no access mode", without(f"{field}.access_mode"), INVALID, f"{field}.access_mode.mode", MISSING),
        ("an access mode of a later spec", _mode(42), INVALID, f"{field}.access_mode.mode", r"42"),
        ("another file system type", _fs_type, INVALID, f"{field}.mount.fs_type", r"ceph"),
    )


STAGE = [
    *id_rows("NodeStageVolume"),
    *path_rows("NodeStageVolume", "staging_target_path"),
    *capability_rows("NodeStageVolume"),
    *rows(
        "NodeStageVolume",
        ("an id of three parts", setting("volume_id", "dev:cephfs:csi"), NOT_FOUND, "volume_id", r"no such volume"),
        ("an id that climbs", setting("volume_id", "dev:cephfs:..:.."), NOT_FOUND, "volume_id", r"no such volume"),
        ("an id of an unknown cluster", setting("volume_id", "gone:cephfs:csi:v"), PRECONDITION, "volume_id",
         r"cluster gone.*add it"),
        ("a context without a path", lambda q: q.volume_context.pop("path"), INVALID, "volume_context[path]", MISSING),
        ("a context that names /", context(path="/"), INVALID, "volume_context[path]", DATA_DIRECTORY),
        ("a context that climbs", context(path="/volumes/csi/../../etc"), INVALID, "volume_context[path]",
         DATA_DIRECTORY),
        ("a context with a relative path", context(path="volumes/csi/v/data"), INVALID, "volume_context[path]",
         DATA_DIRECTORY),
        ("a context with another volume's path", context(path="/volumes/csi/other/data"), INVALID,
         "volume_context[path]", DATA_DIRECTORY),
        ("a context that names the group", context(path="/volumes/csi"), INVALID, "volume_context[path]",
         DATA_DIRECTORY),
        ("a context path with empty parts", context(path="/volumes//csi"), INVALID, "volume_context[path]",
         DATA_DIRECTORY),
        ("a context path with NUL", context(path="/volumes/csi\0x"), INVALID, "volume_context", r"NUL|absolute"),
        ("a context of more than 4 KiB", context(note="x" * 4200), INVALID, "volume_context", r"at most 4096 bytes"),
        ("an unknown mounter", context(mounter="nfs"), INVALID, "volume_context[mounter]", r"must be .*fuse"),
        ("a mark that is no boolean", context(static="1"), INVALID, "volume_context[static]", r"true or false"),
        ("a static volume at /", context(static="true", path="/"), INVALID, "volume_context[path]", PATH_RULE),
        ("a static volume without a path", context(static="true", path=""), INVALID, "volume_context[path]", MISSING),
        ("a static volume on an unknown cluster", context(static="true", cluster="nowhere"), INVALID,
         "volume_context[cluster]", r"dev, blue"),
        ("a static volume on a path for a file system",
         context(static="true", filesystem="../x"), INVALID, "volume_context[filesystem]", r"must be"),
        ("a static volume that does not exist", context(static="true", path="/volumes/csi/never-made"), NOT_FOUND,
         "/volumes/csi/never-made", r"no such|not exist"),
        ("no secrets", no_secrets, INVALID, "secrets[userID]", MISSING),
        ("no key", secret("userKey", None), INVALID, "secrets[userKey]", MISSING),
        ("a user with its type", secret("userID", "client.csi-node"), INVALID, "secrets[userID]",
         r"without the client\. prefix"),
        ("a key of no base64", secret("userKey", "not a key!"), INVALID, "secrets[userKey]", r"base64"),
        ("a wrong key", secret("userKey", STRANGE_KEY), UNKNOWN_USER, "csi-node", r"key"),
        ("an unknown user", secret("userID", "nobody-at-all"), UNKNOWN_USER, "nobody-at-all", r"user|key"),
        ("a flag that changes the user", _flags("name=admin"), INVALID, "volume_capability.mount.mount_flags",
         r'must not contain "name"'),
        ("a flag that changes the root", _flags("ro", "client_mountpoint=/"), INVALID,
         "volume_capability.mount.mount_flags", r'must not contain "client_mountpoint"'),
        ("a flag that reads a file", _flags("conf=/etc/shadow"), INVALID, "volume_capability.mount.mount_flags",
         r'must not contain "conf"'),
        ("a flag with a comma", _flags("ro,dev"), INVALID, "volume_capability.mount.mount_flags", r"one option"),
    ),
]  # fmt: skip

UNSTAGE = [*id_rows("NodeUnstageVolume"), *path_rows("NodeUnstageVolume", "staging_target_path")]

PUBLISH = [
    *id_rows("NodePublishVolume"),
    *path_rows("NodePublishVolume", "target_path"),
    *[row for row in path_rows("NodePublishVolume", "staging_target_path") if not row.label.startswith("no ")],
    *capability_rows("NodePublishVolume"),
    *rows(
        "NodePublishVolume",
        ("no staging path", without("staging_target_path"), PRECONDITION, "staging_target_path", r"stage .*first"),
    ),
]

UNPUBLISH = [*id_rows("NodeUnpublishVolume"), *path_rows("NodeUnpublishVolume", "target_path")]

CHECKED_OF_STATS_PATHS = (
    "no volume_path", "a volume_path with NUL", "a volume_path of 5000 bytes", "a volume_path of no UTF-8",
)  # fmt: skip


def _looking(method):
    """Calls that look at what is mounted."""
    return [
        *id_rows(method),
        *[row for row in path_rows(method, "volume_path") if row.label in CHECKED_OF_STATS_PATHS],
        *rows(
            method,
            # Whatever is wrong with a path, no volume is mounted there: csi-sanity asks NOT_FOUND of a relative one.
            ("a relative path", setting("volume_path", "some/path"), NOT_FOUND, "volume_path", r"mounted"),
            ("a path that climbs", setting("volume_path", "/var/../etc"), NOT_FOUND, "volume_path", r"mounted"),
            ("the host's root", setting("volume_path", "/"), NOT_FOUND, "volume_path", r"mounted"),
            ("the host's root in disguise", setting("volume_path", "//"), NOT_FOUND, "volume_path", r"mounted"),
            ("a path where nothing is mounted", setting("volume_path", "/usr"), NOT_FOUND, "/usr", r"mounted|published"),
            ("a path that does not exist", setting("volume_path", "/tmp/never/made"), NOT_FOUND, "/tmp/never/made",
             r"mounted|published|not exist"),
        ),
    ]  # fmt: skip


STATS = _looking("NodeGetVolumeStats")

EXPAND = [
    *_looking("NodeExpandVolume"),
    *rows(
        "NodeExpandVolume",
        ("block access", lambda q: q.volume_capability.block.SetInParent(), INVALID, "volume_capability", r".+"),
    ),
]  # fmt: skip
