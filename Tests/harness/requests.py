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
        self.fencer = cluster.fencer_secrets()

    def create(self, name, size=16 * MiB, limit=0, mode="MULTI_NODE_MULTI_WRITER", parameters=None, secrets=None,
               source=None):  # fmt: skip
        """A volume mounted with the shared user, unless the parameters say otherwise; `source`: a snapshot or volume."""
        request = csi.CreateVolumeRequest(
            name=name,
            volume_capabilities=[capability(mode)],
            parameters={"cluster": self.entry, "credentials": "shared", **(parameters or {})},
            secrets=self.admin if secrets is None else secrets,
        )
        if size or limit:
            request.capacity_range.required_bytes = size
            request.capacity_range.limit_bytes = limit
        if isinstance(source, csi.Snapshot):
            request.volume_content_source.snapshot.snapshot_id = source.snapshot_id
        elif source is not None:
            request.volume_content_source.volume.volume_id = source.volume_id
        return request

    def snapshot(self, name, volume, secrets=None):
        return csi.CreateSnapshotRequest(
            name=name, source_volume_id=volume.volume_id, secrets=self.admin if secrets is None else secrets
        )

    def delete_snapshot(self, snapshot, secrets=None):
        return csi.DeleteSnapshotRequest(
            snapshot_id=snapshot.snapshot_id, secrets=self.admin if secrets is None else secrets
        )

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

    def expand(self, volume, required, limit=0):
        request = csi.ControllerExpandVolumeRequest(volume_id=volume.volume_id, secrets=self.admin)
        request.capacity_range.required_bytes = required
        request.capacity_range.limit_bytes = limit
        return request

    def modify(self, volume, **parameters):
        return csi.ControllerModifyVolumeRequest(
            volume_id=volume.volume_id, secrets=self.admin, mutable_parameters=parameters
        )

    def get(self, volume):
        return csi.ControllerGetVolumeRequest(volume_id=volume.volume_id)

    def capacity(self, **parameters):
        return csi.GetCapacityRequest(parameters={"cluster": self.entry, **parameters})

    def controller_publish(self, volume, node_id, mode="MULTI_NODE_MULTI_WRITER", readonly=False, secrets=None):
        return csi.ControllerPublishVolumeRequest(
            volume_id=volume.volume_id,
            node_id=node_id,
            volume_capability=capability(mode),
            readonly=readonly,
            secrets=self.admin if secrets is None else secrets,
            volume_context=dict(volume.volume_context),
        )

    def controller_unpublish(self, volume, node_id="", secrets=None):
        return csi.ControllerUnpublishVolumeRequest(
            volume_id=volume.volume_id, node_id=node_id, secrets=self.admin if secrets is None else secrets
        )

    def stage(self, volume, staging, mode="MULTI_NODE_MULTI_WRITER", secrets=None, flags=(), context=None):
        """With a publish context as its node gets it: without secrets."""
        if secrets is None:
            secrets = self.user if context is None else {}
        return csi.NodeStageVolumeRequest(
            volume_id=volume.volume_id,
            publish_context=context or {},
            staging_target_path=str(staging),
            volume_capability=capability(mode, flags),
            secrets=secrets,
            volume_context=dict(volume.volume_context),
        )

    def unstage(self, volume, staging):
        return csi.NodeUnstageVolumeRequest(volume_id=volume.volume_id, staging_target_path=str(staging))

    def publish(self, volume, staging, target, mode="MULTI_NODE_MULTI_WRITER", readonly=False, context=None):
        return csi.NodePublishVolumeRequest(
            volume_id=volume.volume_id,
            publish_context=context or {},
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
