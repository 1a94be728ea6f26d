"""Requests with everything filled in that a call needs; a test changes what it is about."""

from .stubs import csi

MiB = 1 << 20
GiB = 1 << 30
AccessMode = csi.VolumeCapability.AccessMode


def capability(mode="MULTI_NODE_MULTI_WRITER", flags=(), fs_type=""):
    """A mounted volume in this access mode (a name of the spec's, or a number)."""
    number = AccessMode.Mode.Value(mode) if isinstance(mode, str) else mode
    return csi.VolumeCapability(
        mount=csi.VolumeCapability.MountVolume(fs_type=fs_type, mount_flags=list(flags)),
        access_mode=AccessMode(mode=number),
    )


class Requests:
    """Builds requests with the secrets of one cluster entry (`dev` or `blue`)."""

    def __init__(self, cluster, entry="dev"):
        prefix = "" if entry == "dev" else f"{entry.upper()}_"
        self.entry = entry
        self.admin = cluster.controller_secrets(f"{prefix}PROVISIONER")
        self.user = cluster.node_secrets(f"{prefix}NODE")

    def create(self, name, size=16 * MiB, limit=0, mode="MULTI_NODE_MULTI_WRITER", parameters=None, secrets=None):
        request = csi.CreateVolumeRequest(
            name=name,
            volume_capabilities=[capability(mode)],
            parameters={"cluster": self.entry, **(parameters or {})},
            secrets=self.admin if secrets is None else secrets,
        )
        if size or limit:
            request.capacity_range.required_bytes = size
            request.capacity_range.limit_bytes = limit
        return request

    def delete(self, volume_id, secrets=None):
        return csi.DeleteVolumeRequest(volume_id=volume_id, secrets=self.admin if secrets is None else secrets)

    def validate(self, volume, mode="MULTI_NODE_MULTI_WRITER", parameters=None):
        return csi.ValidateVolumeCapabilitiesRequest(
            volume_id=volume.volume_id,
            volume_context=dict(volume.volume_context),
            volume_capabilities=[capability(mode)],
            parameters=parameters or {},
            secrets=self.admin,
        )

    def stage(self, volume, staging, mode="MULTI_NODE_MULTI_WRITER", secrets=None, flags=()):
        return csi.NodeStageVolumeRequest(
            volume_id=volume.volume_id,
            staging_target_path=str(staging),
            volume_capability=capability(mode, flags),
            secrets=self.user if secrets is None else secrets,
            volume_context=dict(volume.volume_context),
        )

    def unstage(self, volume, staging):
        return csi.NodeUnstageVolumeRequest(volume_id=volume.volume_id, staging_target_path=str(staging))

    def publish(self, volume, staging, target, mode="MULTI_NODE_MULTI_WRITER", readonly=False):
        return csi.NodePublishVolumeRequest(
            volume_id=volume.volume_id,
            staging_target_path=str(staging),
            target_path=str(target),
            volume_capability=capability(mode),
            readonly=readonly,
            volume_context=dict(volume.volume_context),
        )

    def unpublish(self, volume, target):
        return csi.NodeUnpublishVolumeRequest(volume_id=volume.volume_id, target_path=str(target))

    def stats(self, volume, path, staging=""):
        return csi.NodeGetVolumeStatsRequest(
            volume_id=volume.volume_id, volume_path=str(path), staging_target_path=str(staging)
        )

    def static_volume(self, volume_id, path, **context):
        """A volume that nobody created: an existing directory."""
        return csi.Volume(
            volume_id=volume_id, volume_context={"static": "true", "cluster": self.entry, "path": path, **context}
        )
