"""Bad requests to ControllerPublishVolume and ControllerUnpublishVolume, and bad publish contexts."""

from .badinput import (
    INVALID,
    MISSING,
    NOT_FOUND,
    PRECONDITION,
    STRANGE_KEY,
    UNKNOWN_USER,
    context,
    no_secrets,
    rows,
    secret,
    setting,
)  # fmt: skip
from .badinput_node import capability_rows, id_rows

NODE_RULE = r"NodeGetInfo"


def _without_key(request):
    request.node_id = request.node_id.split(":")[0]


def _with_other_key(request):
    request.node_id = request.node_id[:-3] + "!!!"


def _publish_context(**values):
    def change(request):
        for key, value in values.items():
            request.publish_context[key] = value

    return change


def _own_user(**values):
    """A stage of a volume with a user of its own, with this publish context."""

    def change(request):
        request.volume_context["credentials"] = "volume"
        _publish_context(**values)(request)

    return change


PUBLISH = [
    *id_rows("ControllerPublishVolume"),
    *capability_rows("ControllerPublishVolume"),
    *rows(
        "ControllerPublishVolume",
        ("no node id", setting("node_id", ""), INVALID, "node_id", MISSING),
        ("a node id of 300 bytes", setting("node_id", "n" * 300), INVALID, "node_id", r"at most 256 bytes"),
        ("a node without a key", _without_key, NOT_FOUND, "node_id", NODE_RULE),
        ("a node with a key that is none", _with_other_key, NOT_FOUND, "node_id", NODE_RULE),
        ("a volume that does not exist", setting("volume_id", "dev:cephfs:csi:never-made"), NOT_FOUND, "never-made",
         r"no such volume|does not exist"),
        ("an id that is none", setting("volume_id", "nonsense"), NOT_FOUND, "volume_id", r"no such volume"),
        ("a cluster that the configuration lost", setting("volume_id", "gone:cephfs:csi:v"), NOT_FOUND, "volume_id",
         r"no such volume"),
        ("credentials of no kind", context(credentials="everybody"), INVALID, "volume_context[credentials]",
         r"volume, node or shared"),
        ("no secrets", no_secrets, INVALID, "secrets[adminID]", MISSING),
        ("a fencer without a key", secret("fencerID", "csi-fencer"), INVALID, "secrets[fencerKey]", MISSING),
        ("a wrong key", secret("adminKey", STRANGE_KEY), UNKNOWN_USER, "csi-provisioner", r"key"),
        ("a context of more than 4 KiB", context(note="x" * 4200), INVALID, "volume_context", r"at most 4096 bytes"),
    ),
]  # fmt: skip

UNPUBLISH = [
    *id_rows("ControllerUnpublishVolume"),
    *rows(
        "ControllerUnpublishVolume",
        ("no user", secret("adminID", None), INVALID, "secrets[adminID]", MISSING),
        ("a wrong key", secret("adminKey", STRANGE_KEY), UNKNOWN_USER, "csi-provisioner", r"key"),
        ("a cluster that the configuration lost", setting("volume_id", "gone:cephfs:csi:v"), PRECONDITION, "volume_id",
         r"cluster gone.*add it"),
    ),
]  # fmt: skip

STAGE = rows(
    "NodeStageVolume",
    ("credentials of no kind", context(credentials="everybody"), INVALID, "volume_context[credentials]",
     r"volume, node or shared"),
    ("a static volume with a user of its own", context(static="true", credentials="volume"), INVALID,
     "volume_context[credentials]", r"static"),
    ("no publish context", _own_user(), PRECONDITION, "publish_context[credentials]", r"attach"),
    ("a publish context of no base64", _own_user(credentials="???"), PRECONDITION, "publish_context[credentials]",
     r"attach it again"),
    ("a publish context that nobody sealed", _own_user(credentials="A" * 200), PRECONDITION,
     "publish_context[credentials]", r"attach it again"),
    ("a publish context of more than 4 KiB", _own_user(credentials="A" * 4200), INVALID, "publish_context",
     r"at most 4096 bytes"),
    ("a reading mark that is no boolean", _publish_context(readOnly="yes"), INVALID, "publish_context[readOnly]",
     r"true or false"),
)  # fmt: skip
