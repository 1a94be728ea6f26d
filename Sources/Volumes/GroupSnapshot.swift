/// The CSI id of a group snapshot: of the same form as a volume's, and in the same group as all of its members.
public typealias GroupSnapshotID = VolumeID

/// How far the members of a group snapshot are of one moment: a VolumeGroupSnapshotClass's `groupSnapshotConsistency`.
public enum GroupConsistency: String, Sendable, Hashable, CaseIterable {
    /// Nothing can be written to any of the volumes from before the first snapshot until after the last one.
    case frozen
    /// Each volume is as a crash at its own moment would leave it; the moments are close to each other, and no more.
    case crashPerVolume = "crash-per-volume"
}

/// Snapshots of several volumes that were taken together and are deleted together.
public struct GroupSnapshot: Sendable, Hashable {
    /// Its id.
    public var id: GroupSnapshotID
    /// The name in the CreateVolumeGroupSnapshot request that made it.
    public var requestName: String
    /// The snapshots, in the order of their volumes' ids; at least one.
    public var members: [Snapshot]

    /// Joins the parts.
    public init(id: GroupSnapshotID, requestName: String, members: [Snapshot]) {
        self.id = id
        self.requestName = requestName
        self.members = members
    }
}

/// A request for a group snapshot, validated.
public struct GroupSnapshotSpec: Sendable, Hashable {
    /// One volume and the snapshot that is to be taken of it.
    public struct Member: Sendable, Hashable {
        /// The volume.
        public var volume: VolumeID
        /// The snapshot's id.
        public var snapshot: SnapshotID
        /// What that id was made from.
        public var name: String

        /// Joins the parts.
        public init(volume: VolumeID, snapshot: SnapshotID, name: String) {
            self.volume = volume
            self.snapshot = snapshot
            self.name = name
        }
    }

    /// The most volumes of a group snapshot: its record must fit an attribute of one inode.
    public static let maximumMembers = 64

    /// The id that the name leads to.
    public var id: GroupSnapshotID
    /// The CSI name.
    public var requestName: String
    /// The volumes in the order of their ids, each once.
    public var members: [Member]
    /// What is asked of their moments.
    public var consistency: GroupConsistency

    /// Leads from names to ids: the ids of the members come from the group snapshot's name and the volumes' ids, so that
    /// an equal request finds the same snapshots.
    ///
    /// - Throws: ``VolumeError/invalid(field:fix:)`` for no or too many volumes, one that is named twice, and volumes of
    ///   different clusters, file systems or groups.
    public init(
        name: String,
        volumes: [VolumeID],
        consistency: GroupConsistency,
        naming: VolumeNaming
    ) throws {
        let field = "source_volume_ids"
        guard let first = volumes.first else {
            throw VolumeError.invalid(field: field, fix: "missing: at least one volume is required")
        }
        guard volumes.count <= Self.maximumMembers else {
            throw VolumeError.invalid(
                field: field,
                fix:
                    "too many: a group snapshot has at most \(Self.maximumMembers) volumes, the request has \(volumes.count)"
            )
        }
        let place = { (id: VolumeID) in [id.cluster, id.filesystem, id.group] }
        if let stranger = volumes.first(where: { place($0) != place(first) }) {
            throw VolumeError.invalid(
                field: field,
                fix: "must be volumes of one cluster, file system and subvolume group: \(first) and \(stranger) are not"
            )
        }
        let sorted = volumes.sorted { $0.description < $1.description }
        if let twice = zip(sorted, sorted.dropFirst()).first(where: { $0 == $1 }) {
            throw VolumeError.invalid(field: field, fix: "must name each volume once: \(twice.0) is listed twice")
        }
        func id(_ name: String) throws -> VolumeID {
            try naming.id(name: name, cluster: first.cluster, filesystem: first.filesystem, group: first.group)
        }
        self.id = try id(name)
        requestName = name
        members = try sorted.map { volume in
            let member = "\(name)/\(volume)"
            return Member(volume: volume, snapshot: try id(member), name: member)
        }
        self.consistency = consistency
    }
}

/// Takes, finds and removes group snapshots. Implemented by `CephVolumes`; cancellation and serialisation as in
/// ``VolumeProvisioner``. Without credentials as the calls of ``VolumeManager`` that bring none.
public protocol GroupSnapshotManager: Sendable {
    /// Takes a snapshot of each volume, or returns the group snapshot that an equal request took before. Either all of
    /// them are there afterwards, or none.
    ///
    /// - Parameter fencer: who may freeze volumes; ``GroupConsistency/frozen`` needs it.
    /// - Throws: ``VolumeError/notFound(_:)`` when one of the volumes is not there,
    ///   ``VolumeError/alreadyExists(conflict:)`` when the name is taken by a group snapshot of other volumes or of
    ///   another consistency, ``VolumeError/preconditionFailed(_:)`` when the cluster can't freeze volumes.
    func takeGroupSnapshot(_ spec: GroupSnapshotSpec, as credentials: CephCredentials?, fencer: CephCredentials?)
        async throws -> GroupSnapshot

    /// Removes the group snapshot and its members; one that is not there is a success.
    ///
    /// - Parameters:
    ///   - members: the ids that the caller believes its members to have.
    ///   - fencer: lets go of volumes that taking it has left frozen, if it is there; else they wait until they are let
    ///     go of by themselves.
    /// - Throws: ``VolumeError/invalid(field:fix:)`` when it has others, ``VolumeError/preconditionFailed(_:)`` when one
    ///   of them is in use.
    func deleteGroupSnapshot(
        _ id: GroupSnapshotID,
        members: [String],
        as credentials: CephCredentials?,
        fencer: CephCredentials?
    ) async throws

    /// The group snapshot; nil when it does not exist.
    func groupSnapshot(_ id: GroupSnapshotID, as credentials: CephCredentials?) async throws -> GroupSnapshot?
}
