"""What the sidecars document about themselves, at the versions that the manifests use.

Rights: what each lists in deploy/kubernetes/**/rbac*.yaml of its repository (github.com/kubernetes-csi/<repository>, at
the tag). They are split by what they are for, as the comments there and the code say. Flags: what its `main` defines,
and for all but node-driver-registrar what csi-lib-utils' `standardflags` adds.
"""

from dataclasses import dataclass, field

READ = ("get", "list", "watch")
EVENTS = {("", "events"): ("list", "watch", "create", "update", "patch")}
STANDARD_FLAGS = {
    "version", "kubeconfig", "csi-address", "leader-election", "leader-election-namespace",
    "leader-election-lease-duration", "leader-election-renew-deadline", "leader-election-retry-period",
    "leader-election-labels", "kube-api-qps", "kube-api-burst", "http-endpoint", "metrics-address", "metrics-path",
    "automaxprocs", "v",
}  # fmt: skip


@dataclass(frozen=True)
class Sidecar:
    repository: str
    version: str
    flags: frozenset
    # (API group, resource) -> verbs, in the whole cluster.
    rights: dict = field(default_factory=dict)
    # The same for features, which the plugin may not offer: feature -> rights.
    optional: dict = field(default_factory=dict)
    # How the lease is called, with the driver's name; None without leader election.
    lease: str | None = None


def _flags(*own):
    return frozenset(own) | STANDARD_FLAGS


PROVISIONER = Sidecar(
    repository="external-provisioner",
    version="v6.3.0",
    flags=_flags(
        "volume-name-prefix", "volume-name-uuid-length", "retry-interval-start", "retry-interval-max",
        "worker-threads", "cloning-protection-threads", "snapshot-orphan-sweep-interval", "capacity-threads",
        "timeout", "strict-topology", "immediate-topology", "extra-create-metadata", "enable-pprof",
        "default-fstype", "enable-capacity", "capacity-poll-interval", "capacity-ownerref-level",
        "controller-publish-readonly", "prevent-volume-mode-conversion", "feature-gates",
        "kube-api-capacity-qps", "kube-api-capacity-burst", "capacity-for-immediate-binding",
    ),
    rights={
        ("", "persistentvolumes"): (*READ, "create", "patch", "delete"),
        ("", "persistentvolumeclaims"): (*READ, "update"),
        ("storage.k8s.io", "storageclasses"): READ,
        **EVENTS,
    },
    optional={
        # "only needed when the CSI driver has the PUBLISH_UNPUBLISH_VOLUME controller capability"
        "publish": {("storage.k8s.io", "volumeattachments"): READ},
        # In no documented list: its code gets the class that a claim names (pkg/controller/controller.go).
        "attributes": {("storage.k8s.io", "volumeattributesclasses"): ("get",)},
        # Its main watches them only for a driver with VOLUME_ACCESSIBILITY_CONSTRAINTS, or with --enable-capacity.
        "topology": {("storage.k8s.io", "csinodes"): READ, ("", "nodes"): READ},
        "snapshots": {
            ("snapshot.storage.k8s.io", "volumesnapshots"): (*READ, "update"),
            ("snapshot.storage.k8s.io", "volumesnapshotcontents"): ("get", "list"),
        },
    },
    lease="{}",
)

ATTACHER = Sidecar(
    repository="external-attacher",
    version="v4.12.0",
    flags=_flags(
        "resync", "timeout", "retry-interval-start", "retry-interval-max", "worker-threads", "max-entries",
        "default-fstype", "reconcile-sync", "max-grpc-log-length", "feature-gates",
    ),
    rights={
        ("", "persistentvolumes"): (*READ, "patch"),
        ("storage.k8s.io", "csinodes"): READ,
        ("storage.k8s.io", "volumeattachments"): (*READ, "patch"),
        ("storage.k8s.io", "volumeattachments/status"): ("patch",),
    },
    lease="external-attacher-leader-{}",
)

RESIZER = Sidecar(
    repository="external-resizer",
    version="v2.2.1",
    flags=_flags(
        "resync-period", "workers", "extra-modify-metadata", "timeout", "retry-interval-start",
        "retry-interval-max", "handle-volume-inuse-error", "feature-gates",
    ),
    rights={
        ("", "persistentvolumes"): (*READ, "patch"),
        ("", "persistentvolumeclaims"): READ,
        ("", "persistentvolumeclaims/status"): ("patch",),
        ("storage.k8s.io", "volumeattributesclasses"): READ,
        **EVENTS,
    },
    # pkg/controller watches pods only with --handle-volume-inuse-error.
    optional={"volumes-in-use": {("", "pods"): READ}},
    lease="external-resizer-{}",
)

SNAPSHOTTER = Sidecar(
    repository="external-snapshotter",
    version="v8.6.0",
    flags=_flags(
        "resync-period", "snapshot-name-prefix", "snapshot-name-uuid-length", "worker-threads", "timeout",
        "extra-create-metadata", "retry-interval-start", "retry-interval-max", "node-deployment",
        "groupsnapshot-name-prefix", "groupsnapshot-name-uuid-length", "feature-gates",
    ),
    rights={
        ("snapshot.storage.k8s.io", "volumesnapshotclasses"): READ,
        ("snapshot.storage.k8s.io", "volumesnapshotcontents"): (*READ, "update", "patch"),
        ("snapshot.storage.k8s.io", "volumesnapshotcontents/status"): ("update", "patch"),
        **EVENTS,
    },
    # The feature gate CSIVolumeGroupSnapshot.
    optional={
        "groups": {
            ("groupsnapshot.storage.k8s.io", "volumegroupsnapshotclasses"): READ,
            ("groupsnapshot.storage.k8s.io", "volumegroupsnapshotcontents"): (*READ, "update", "patch"),
            ("groupsnapshot.storage.k8s.io", "volumegroupsnapshotcontents/status"): ("update", "patch"),
        }
    },
    lease="external-snapshotter-leader-{}",
)

# Neither of the two talks to the Kubernetes API (their README files).
REGISTRAR = Sidecar(
    repository="node-driver-registrar",
    version="v2.17.0",
    flags=frozenset({
        "connection-timeout", "timeout", "csi-address", "plugin-registration-path", "kubelet-registration-path",
        "health-port", "http-endpoint", "version", "mode", "enable-pprof", "v",
    }),
)  # fmt: skip
LIVENESSPROBE = Sidecar(
    repository="livenessprobe",
    version="v2.19.0",
    flags=frozenset({
        "probe-timeout", "csi-address", "health-port", "metrics-address", "http-endpoint", "metrics-path",
        "automaxprocs", "v",
    }),
)  # fmt: skip

# By the last part of the image's name.
SIDECARS = {
    "csi-provisioner": PROVISIONER,
    "csi-attacher": ATTACHER,
    "csi-resizer": RESIZER,
    "csi-snapshotter": SNAPSHOTTER,
    "csi-node-driver-registrar": REGISTRAR,
    "livenessprobe": LIVENESSPROBE,
}

# In external-provisioner's namespace, with --enable-capacity; ReplicaSets too, for those that run as a Deployment.
CAPACITY_OWN = {
    ("storage.k8s.io", "csistoragecapacities"): (*READ, "create", "update", "patch", "delete"),
    ("", "pods"): ("get",),
}

# The documented lists have more verbs for leases; client-go's leader election uses these (tools/leaderelection/
# resourcelock/leaselock.go).
LEASE_CREATE = ("create",)
LEASE_OWN = ("get", "update")
# Each secret is fetched by its name (csi_handler.go, controller.go, util.go of the sidecars).
SECRET_VERBS = ("get",)
