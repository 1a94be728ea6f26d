"""What Kubernetes' sidecars and its kubelet send, field by field: names, metadata, secrets, limits, retries.

From their documentation and behaviour at the versions that Tests/Deploy/support/facts.py names: external-provisioner
v6.3.0, external-attacher v4.12.0, external-resizer v2.2.1, external-snapshotter v8.6.0; the kubelet of Kubernetes 1.34.
"""

import json
import time
import uuid

from .requests import GiB, capability
from .stubs import csi

PREFIX = "csi.storage.k8s.io/"
# What each takes for "may still be under way", so that it asks again with the very same request; any other error is
# final (external-provisioner, README, "CSI error and timeout handling"; external-attacher, README, likewise).
UNDER_WAY = {"CANCELLED", "DEADLINE_EXCEEDED", "UNAVAILABLE", "ABORTED"}


def own_parameters(parameters):
    """A class's parameters without the keys that belong to the sidecars, which strip them."""
    return {key: value for key, value in parameters.items() if not key.startswith(PREFIX)}


def until_final(client, method, request, timeout, patience=60, start=0.05, limit=1.0):
    """Asks again with exponential back-off for as long as it may be under way: every answer, the final one last.

    The sidecars begin with 1 s and double up to 5 min (--retry-interval-start, --retry-interval-max); shorter here.
    """
    answers, pause, deadline = [], start, time.monotonic() + patience
    while True:
        answers.append(client.call(method, request, timeout=timeout))
        if answers[-1].code not in UNDER_WAY or time.monotonic() > deadline:
            return answers
        time.sleep(pause)
        pause = min(2 * pause, limit)


class Claim:
    """A PersistentVolumeClaim: what external-provisioner makes of it with `--extra-create-metadata`."""

    def __init__(self, storage_class, secrets, size=GiB, name="data", namespace="team-a"):
        self.uid = str(uuid.uuid4())
        self.storage_class = storage_class
        self.secrets = secrets
        self.size = size
        self.name, self.namespace = name, namespace

    @property
    def volume_name(self):
        """--volume-name-prefix (`pvc`) and the claim's uid."""
        return f"pvc-{self.uid}"

    def create(self, source=None, mode="MULTI_NODE_MULTI_WRITER", mutable=None):
        request = csi.CreateVolumeRequest(
            name=self.volume_name,
            parameters={
                **own_parameters(self.storage_class),
                f"{PREFIX}pvc/name": self.name,
                f"{PREFIX}pvc/namespace": self.namespace,
                f"{PREFIX}pv/name": self.volume_name,
            },
            secrets=self.secrets,
            volume_capabilities=[capability(mode)],
            mutable_parameters=mutable or {},
        )
        # Only what is required: a claim has no limit that the sidecar would pass on.
        request.capacity_range.required_bytes = self.size
        if isinstance(source, csi.Snapshot):
            request.volume_content_source.snapshot.snapshot_id = source.snapshot_id
        elif source is not None:
            request.volume_content_source.volume.volume_id = source.volume_id
        return request

    def volume_of(self, response):
        """Looks at the answer as the sidecar does before it makes the PersistentVolume."""
        volume = response.volume
        assert volume.volume_id
        # A smaller one is deleted again; 0 stands for what was asked for.
        assert volume.capacity_bytes == 0 or volume.capacity_bytes >= self.size
        return volume


class Attachment:
    """A VolumeAttachment; the node's id comes from CSINode, where the registrar's kubelet has put NodeGetInfo's."""

    def __init__(self, volume, node_id, secrets, mode="MULTI_NODE_MULTI_WRITER", readonly=False):
        self.volume, self.node_id, self.secrets = volume, node_id, secrets
        self.mode, self.readonly = mode, readonly

    def attach(self):
        context = dict(self.volume.volume_context)
        # Kubernetes keeps it in the PersistentVolume with the provisioner's own identity, which is passed on.
        context["storage.kubernetes.io/csiProvisionerIdentity"] = "1764000000000-1234-cephfs.csi.swift"
        return csi.ControllerPublishVolumeRequest(
            volume_id=self.volume.volume_id,
            node_id=self.node_id,
            volume_capability=capability(self.mode),
            readonly=self.readonly,
            volume_context=context,
            secrets=self.secrets,
        )

    def detach(self):
        return csi.ControllerUnpublishVolumeRequest(
            volume_id=self.volume.volume_id, node_id=self.node_id, secrets=self.secrets
        )


def published_nodes(client, max_entries=0):
    """volume id -> node ids, as external-attacher gathers them once a --reconcile-sync (1 min)."""
    found, token = {}, ""
    while True:
        request = csi.ListVolumesRequest(starting_token=token, max_entries=max_entries)
        answer = client.must("ListVolumes", request)
        for entry in answer.entries:
            found[entry.volume.volume_id] = list(entry.status.published_node_ids)
        token = answer.next_token
        if not token:
            return found


class SnapshotContent:
    """A VolumeSnapshotContent with `--extra-create-metadata`."""

    def __init__(self, volume, secrets, name="monday", namespace="team-a"):
        self.uid = str(uuid.uuid4())
        self.volume, self.secrets = volume, secrets
        self.name, self.namespace = name, namespace

    def create(self):
        return csi.CreateSnapshotRequest(
            name=f"snapshot-{self.uid}",
            source_volume_id=self.volume.volume_id,
            secrets=self.secrets,
            parameters={
                f"{PREFIX}volumesnapshot/name": self.name,
                f"{PREFIX}volumesnapshot/namespace": self.namespace,
                f"{PREFIX}volumesnapshotcontent/name": f"snapcontent-{self.uid}",
            },
        )


class Pod:
    """A pod on a node: what the kubelet sends for its volume, with the CSIDriver's podInfoOnMount and tokenRequests."""

    def __init__(self, volume, staging, target, publish_context=None, secrets=None, mode="MULTI_NODE_MULTI_WRITER"):
        self.volume, self.staging, self.target = volume, staging, target
        self.publish_context = publish_context or {}
        self.secrets = secrets or {}
        self.mode = mode
        # As long as those of real API servers, and one for each audience.
        self.token = "eyJhbGciOiJSUzI1NiJ9." + "t0ken" * 250
        audiences = ("", "vault", "s3.example.com")
        self.information = {
            f"{PREFIX}pod.name": "writer-0",
            f"{PREFIX}pod.namespace": "team-a",
            f"{PREFIX}pod.uid": str(uuid.uuid4()),
            f"{PREFIX}serviceAccount.name": "default",
            f"{PREFIX}ephemeral": "false",
            f"{PREFIX}serviceAccount.tokens": json.dumps(
                {one: {"token": self.token, "expirationTimestamp": "2026-11-25T01:00:00Z"} for one in audiences}
            ),
        }

    def stage(self):
        return csi.NodeStageVolumeRequest(
            volume_id=self.volume.volume_id,
            publish_context=self.publish_context,
            staging_target_path=str(self.staging),
            volume_capability=capability(self.mode),
            secrets=self.secrets,
            volume_context=dict(self.volume.volume_context),
        )

    def publish(self, readonly=False):
        return csi.NodePublishVolumeRequest(
            volume_id=self.volume.volume_id,
            publish_context=self.publish_context,
            staging_target_path=str(self.staging),
            target_path=str(self.target),
            volume_capability=capability(self.mode),
            readonly=readonly,
            volume_context={**self.volume.volume_context, **self.information},
        )

    def statistics(self):
        return csi.NodeGetVolumeStatsRequest(
            volume_id=self.volume.volume_id, volume_path=str(self.target), staging_target_path=str(self.staging)
        )

    def unpublish(self):
        return csi.NodeUnpublishVolumeRequest(volume_id=self.volume.volume_id, target_path=str(self.target))

    def unstage(self):
        return csi.NodeUnstageVolumeRequest(volume_id=self.volume.volume_id, staging_target_path=str(self.staging))
