/// The CSI id of a snapshot: of the same form as a volume's, and in the same group.
public typealias SnapshotID = VolumeID

/// A snapshot of a volume as it exists on the file system.
public struct Snapshot: Sendable, Hashable {
    /// Its id.
    public var id: SnapshotID
    /// The name in the CreateSnapshot request that made it.
    public var requestName: String
    /// The volume that it is of; it may be deleted meanwhile.
    public var source: VolumeID
    /// When Ceph made it (`ceph.snap.btime`), in seconds since 1970.
    public var createdSeconds: Int64
    /// The rest of that moment.
    public var createdNanoseconds: Int32
    /// Bytes in the volume when it was made (`ceph.dir.rbytes`): what a volume restored from it needs at least.
    public var size: Int64
    /// The group snapshot that it belongs to, and with which alone it is removed; nil for one that stands alone.
    public var group: GroupSnapshotID?

    /// Joins the parts.
    public init(
        id: SnapshotID,
        requestName: String,
        source: VolumeID,
        createdSeconds: Int64,
        createdNanoseconds: Int32,
        size: Int64,
        group: GroupSnapshotID? = nil
    ) {
        self.id = id
        self.requestName = requestName
        self.source = source
        self.createdSeconds = createdSeconds
        self.createdNanoseconds = createdNanoseconds
        self.size = size
        self.group = group
    }
}

/// Where a new volume's content comes from.
public enum ContentSource: Sendable, Hashable {
    /// What the snapshot holds.
    case snapshot(SnapshotID)
    /// What the volume holds when the copy begins.
    case volume(VolumeID)
}

/// Makes, finds and removes snapshots. Implemented on libcephfs by `CephVolumes`; cancellation and serialisation as in
/// ``VolumeProvisioner``.
public protocol SnapshotManager: Sendable {
    /// Takes a snapshot of the volume, or returns the one that an equal request took before.
    ///
    /// - Throws: ``VolumeError/notFound(_:)`` when there is no such volume,
    ///   ``VolumeError/alreadyExists(conflict:)`` when the name is taken by a snapshot of another volume.
    func takeSnapshot(
        _ id: SnapshotID,
        name: String,
        of volume: VolumeID,
        as credentials: CephCredentials?
    ) async throws -> Snapshot

    /// Removes the snapshot; one that is not there is a success. When its volume is deleted already and this was its
    /// last snapshot, what was kept of the volume goes too.
    ///
    /// - Throws: ``VolumeError/preconditionFailed(_:)`` while a volume is backed by it,
    ///   ``VolumeError/invalid(field:fix:)`` for a member of a group snapshot.
    func deleteSnapshot(_ id: SnapshotID, as credentials: CephCredentials?) async throws

    /// The snapshot; nil when it does not exist. Without credentials as the calls of ``VolumeManager`` that bring none.
    func snapshot(_ id: SnapshotID, as credentials: CephCredentials?) async throws -> Snapshot?

    /// Snapshots in the order of their ids, behind `last`.
    ///
    /// - Parameters:
    ///   - source: only those of this volume.
    ///   - limit: how many at most, at least 1.
    func snapshots(
        of source: VolumeID?,
        after last: SnapshotID?,
        limit: Int,
        as credentials: CephCredentials?
    ) async throws -> Page<Snapshot>
}
