/// What to mount at a staging path.
public struct StageRequest: Sendable, Hashable {
    /// The volume id as the CO gave it (static volumes have any id), for messages.
    public var volumeID: String
    /// The cluster it is on.
    public var cluster: Cluster
    /// The file system's name.
    public var filesystem: String
    /// The directory to mount; absolute, never `/`.
    public var path: String
    /// The user to mount as.
    public var credentials: CephCredentials
    /// Where to mount it: the CO's staging_target_path. Made if missing.
    public var stagingPath: String
    /// Which client mounts.
    public var mounter: Cluster.Mounter
    /// Mount options, cluster's first, then the capability's mount_flags.
    public var options: [String]
    /// Options that follow when the kernel's client mounts.
    public var kernelOptions: [String]
    /// Options that follow when ceph-fuse mounts.
    public var fuseOptions: [String]
    /// Mount read-only from the start.
    public var readOnly: Bool
    /// Of what is mounted only this snapshot is staged, a name in `.snap`; nil: all of it.
    public var snapshot: String?

    /// Joins the parts.
    public init(
        volumeID: String,
        cluster: Cluster,
        filesystem: String,
        path: String,
        credentials: CephCredentials,
        stagingPath: String,
        mounter: Cluster.Mounter,
        options: [String],
        kernelOptions: [String] = [],
        fuseOptions: [String] = [],
        readOnly: Bool,
        snapshot: String? = nil
    ) {
        self.volumeID = volumeID
        self.cluster = cluster
        self.filesystem = filesystem
        self.path = path
        self.credentials = credentials
        self.stagingPath = stagingPath
        self.mounter = mounter
        self.options = options
        self.kernelOptions = kernelOptions
        self.fuseOptions = fuseOptions
        self.readOnly = readOnly
        self.snapshot = snapshot
    }
}

/// What to bind where.
public struct PublishRequest: Sendable {
    /// The volume id as the CO gave it, for messages.
    public var volumeID: String
    /// The staged mount.
    public var stagingPath: String
    /// The pod's path: the CO's target_path. Made if missing.
    public var targetPath: String
    /// Bind read-only.
    public var readOnly: Bool
    /// Whether a second target of the same stage is refused (SINGLE_NODE_SINGLE_WRITER, SINGLE_NODE_WRITER does not).
    public var exclusive: Bool
    /// How to stage the volume again, asked when its staged mount is found dead; nil when the request does not bring what
    /// that takes.
    public var restage: @Sendable () -> StageRequest?

    /// Joins the parts.
    public init(
        volumeID: String,
        stagingPath: String,
        targetPath: String,
        readOnly: Bool,
        exclusive: Bool,
        restage: @escaping @Sendable () -> StageRequest? = { nil }
    ) {
        self.volumeID = volumeID
        self.stagingPath = stagingPath
        self.targetPath = targetPath
        self.readOnly = readOnly
        self.exclusive = exclusive
        self.restage = restage
    }
}

/// Bytes and inodes of a mounted volume.
public struct VolumeUsage: Sendable, Hashable {
    /// Size in bytes: the quota, or the file system's size for a volume without one.
    public var totalBytes: Int64
    /// Bytes in use.
    public var usedBytes: Int64
    /// Bytes still writable.
    public var availableBytes: Int64
    /// Files and directories in the volume (`ceph.dir.rentries`); CephFS has no fixed table of inodes.
    public var usedInodes: Int64

    /// Joins the figures.
    public init(totalBytes: Int64, usedBytes: Int64, availableBytes: Int64, usedInodes: Int64) {
        self.totalBytes = totalBytes
        self.usedBytes = usedBytes
        self.availableBytes = availableBytes
        self.usedInodes = usedInodes
    }
}

/// Whether a mounted volume can be used (CSI's VolumeCondition).
public struct VolumeCondition: Sendable, Hashable {
    /// Whether something is wrong with it.
    public var isAbnormal: Bool
    /// What, and what mends it; for an operator.
    public var message: String

    /// Joins the parts.
    public init(isAbnormal: Bool, message: String) {
        self.isAbnormal = isAbnormal
        self.message = message
    }
}

/// What is known about a volume at one of its paths on this node.
public struct VolumeStatistics: Sendable, Hashable {
    /// Bytes and inodes; nil when the mount does not tell.
    public var usage: VolumeUsage?
    /// Whether the mount works.
    public var condition: VolumeCondition

    /// Joins the parts.
    public init(usage: VolumeUsage?, condition: VolumeCondition) {
        self.usage = usage
        self.condition = condition
    }
}

/// Mounts on this node. Implemented by `Mounting`; idempotent by reading the mount table, never by remembering.
///
/// Calls return as soon as their task is cancelled, even when a system call hangs on.
public protocol NodeMounts: Sendable {
    /// Mounts the volume at the staging path; the same mount already there is a success.
    ///
    /// - Throws: ``VolumeError/alreadyExists(conflict:)`` when something else is mounted there.
    func stage(_ request: StageRequest) async throws

    /// Unmounts the staging path and removes the directory; nothing there is a success.
    func unstage(volumeID: String, stagingPath: String) async throws

    /// Binds the staged volume to the target; the same bind already there is a success.
    ///
    /// - Throws: ``VolumeError/alreadyExists(conflict:)`` when the target is bound otherwise,
    ///   ``VolumeError/preconditionFailed(_:)`` when the volume is not staged, or its staged mount is dead and the
    ///   request does not bring what staging it again takes, or it is published elsewhere and the request is exclusive.
    func publish(_ request: PublishRequest) async throws

    /// Unbinds the target and removes it; nothing there is a success.
    func unpublish(volumeID: String, targetPath: String) async throws

    /// Usage and condition at a published target or a staging path. A mount that is dead, hangs, or is not a CephFS is
    /// an abnormal condition and no error.
    ///
    /// - Throws: ``VolumeError/notFound(_:)`` when nothing is mounted there.
    func statistics(volumeID: String, path: String) async throws -> VolumeStatistics

    /// Why nothing can be mounted at the moment, nil when all is well: no client of either kind, every worker stuck.
    /// Never blocks.
    var impairment: String? { get }
}
