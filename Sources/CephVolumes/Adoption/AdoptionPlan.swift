import Volumes

/// What is to be done to make a directory a volume.
struct AdoptionPlan: Sendable {
    /// What is found.
    enum Kind: Sendable, Hashable {
        /// A directory that moves into the volume.
        case directory
        /// An adoption of a directory that was cut short after the move: only the record is missing.
        case moved
        /// A subvolume of the manager's, with its record's version.
        case subvolume(version: Int)
        /// Nothing is left to do.
        case adopted
    }

    /// Where new files' objects go.
    struct Layout: Sendable, Hashable {
        /// Nil where it can't be told: the file system's default.
        var pool: String?
        /// Empty for the pool's default one.
        var namespace: String
        /// Whether the directory has it itself, and takes it along when it moves.
        var isOwn: Bool
    }

    var kind: Kind
    var id: VolumeID
    /// The CSI name.
    var name: String
    /// The data directory as it is now, from the root.
    var source: String
    /// Its name in the volume.
    var data: String
    var capacity: Capacity?
    /// The quota that it has.
    var quota: Capacity?
    var usedBytes: Int64
    var mode: UInt16
    var owner: (uid: UInt32, gid: UInt32)
    var layout: Layout
    var foreignSnapshots: [String]

    /// A namespace of its own is what keeps others from its objects; in a namespace that it shares, it is the path.
    var properties: VolumeProperties {
        VolumeProperties(
            mode: mode,
            uid: owner.uid,
            gid: owner.gid,
            dataPool: layout.pool,
            isolation: layout.namespace.isEmpty ? .path : .namespace
        )
    }

    /// As the domain sees it.
    func adoption(root: String, source: String) -> Adoption {
        let kind: Adoption.Kind =
            switch self.kind {
            case .directory, .moved: .directory
            case .subvolume: .subvolume
            case .adopted: .adopted
            }
        let layout = VolumeLayout(root: root, group: id.group, volume: id.volume)
        return Adoption(
            kind: kind,
            volume: Volume(
                id: id,
                requestName: name,
                capacity: capacity,
                dataPath: layout.absoluteDataPath(data),
                properties: properties
            ),
            source: source,
            pool: self.layout.pool,
            namespace: self.layout.namespace,
            usedBytes: usedBytes,
            foreignSnapshots: foreignSnapshots
        )
    }
}
