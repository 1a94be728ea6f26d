/// What can be changed about a volume that exists (CSI's mutable parameters, a VolumeAttributesClass).
public struct VolumeChanges: Sendable, Hashable {
    /// The most files and directories (`ceph.quota.max_files`); 0 takes the limit off, nil leaves it.
    public var maximumFiles: Int64?
    /// The data pool of files made from now on (`ceph.dir.layout.pool`); nil leaves it.
    public var dataPool: String?
    /// The rank of the MDS that serves the volume (`ceph.dir.pin`); -1 lets Ceph choose, nil leaves it.
    public var pin: Int32?

    /// Joins the parts; nothing changes by default.
    public init(maximumFiles: Int64? = nil, dataPool: String? = nil, pin: Int32? = nil) {
        self.maximumFiles = maximumFiles
        self.dataPool = dataPool
        self.pin = pin
    }

    /// Whether nothing is to change.
    public var isEmpty: Bool { self == VolumeChanges() }
}

/// A volume with what is known of its use.
public struct VolumeDetails: Sendable, Hashable {
    /// The volume.
    public var volume: Volume
    /// The ids of the nodes that it is published to.
    public var nodes: [String]
    /// Whether it is whole.
    public var condition: VolumeCondition

    /// Joins the parts.
    public init(volume: Volume, nodes: [String], condition: VolumeCondition) {
        self.volume = volume
        self.nodes = nodes
        self.condition = condition
    }
}

/// Some of a list's entries in the order of their ids.
public struct Page<Entry: Sendable>: Sendable {
    /// The entries.
    public var entries: [Entry]
    /// The id of the last entry looked at, where the list goes on behind it; nil at the end.
    public var next: VolumeID?

    /// Joins the parts.
    public init(entries: [Entry], next: VolumeID?) {
        self.entries = entries
        self.next = next
    }
}

/// MountProbes at volumes and changes them. Implemented on libcephfs by `CephVolumes`; cancellation and serialisation as in
/// ``VolumeProvisioner``.
///
/// CSI has calls that bring no secrets. They are made as the user that the cluster's entry of the configuration names
/// or, where it names none, as the provisioner of the last request that brought one.
public protocol VolumeManager: Sendable {
    /// Grows the volume's quota into `range`; a volume that is large enough stays as it is.
    ///
    /// - Parameter credentials: nil for the user that the configuration names.
    /// - Returns: the capacity it has then; nil for a volume without a limit.
    /// - Throws: ``VolumeError/notFound(_:)``, ``VolumeError/outOfRange(_:)`` for a limit below its capacity.
    func expand(_ id: VolumeID, to range: CapacityRange, as credentials: CephCredentials?) async throws -> Capacity?

    /// Makes the changes; the same ones again are a success.
    ///
    /// - Parameter credentials: nil for the user that the configuration names.
    /// - Throws: ``VolumeError/notFound(_:)``, ``VolumeError/invalid(field:fix:)`` for a value that Ceph refuses.
    func modify(_ id: VolumeID, _ changes: VolumeChanges, as credentials: CephCredentials?) async throws

    /// Volumes of all groups of all clusters, in the order of their ids, behind `last`.
    ///
    /// - Parameter limit: how many at most, at least 1.
    /// - Throws: ``VolumeError/preconditionFailed(_:)`` when no user is known for a cluster.
    func volumes(after last: VolumeID?, limit: Int) async throws -> Page<VolumeDetails>

    /// One volume; nil when it does not exist.
    func details(_ id: VolumeID) async throws -> VolumeDetails?

    /// Bytes that new volumes may still fill: what the data pool takes, and what the root's quota leaves, where it has
    /// one.
    ///
    /// - Parameter dataPool: nil for the file system's default.
    func availableBytes(cluster: String, filesystem: String, dataPool: String?) async throws -> Int64
}
