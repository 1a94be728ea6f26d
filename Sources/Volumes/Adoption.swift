/// A directory that is to become a volume of this plugin.
public struct AdoptionSpec: Sendable, Hashable {
    /// How large it may become.
    public enum Limit: Sendable, Hashable {
        /// As its quota says; a directory without one is refused.
        case quota
        /// This, whatever its quota says; no less than what is in it.
        case capacity(Capacity)
        /// Without a limit; a directory that has a quota is refused.
        case none
    }

    /// The cluster's id in the configuration.
    public var cluster: String
    /// The directory's absolute path on the file system.
    public var path: String
    /// The group that it moves to; nil: the cluster's, or the one that it is in.
    public var group: String?
    /// The volume's CSI name; nil: the directory's name.
    public var name: String?
    /// How large it may become.
    public var limit: Limit

    /// Joins the parts.
    public init(
        cluster: String,
        path: String,
        group: String? = nil,
        name: String? = nil,
        limit: Limit = .quota
    ) {
        self.cluster = cluster
        self.path = path
        self.group = group
        self.name = name
        self.limit = limit
    }
}

/// What adopting a directory means: before, what would be done; afterwards, what was.
public struct Adoption: Sendable, Hashable {
    /// What is found at the path.
    public enum Kind: String, Sendable, Hashable {
        /// A directory, which moves.
        case directory
        /// A subvolume of Ceph's manager, which stays where it is.
        case subvolume
        /// A volume that was adopted from the path before.
        case adopted
    }

    /// What was found.
    public var kind: Kind
    /// The volume.
    public var volume: Volume
    /// The path of the data before, absolute on the file system.
    public var source: String
    /// The data pool of its files.
    public var pool: String?
    /// Their RADOS namespace; empty for the pool's default one.
    public var namespace: String
    /// Bytes in it.
    public var usedBytes: Int64
    /// Snapshots of the directory's own, which the plugin leaves alone.
    public var foreignSnapshots: [String]

    /// Joins the parts.
    public init(
        kind: Kind,
        volume: Volume,
        source: String,
        pool: String?,
        namespace: String,
        usedBytes: Int64,
        foreignSnapshots: [String]
    ) {
        self.kind = kind
        self.volume = volume
        self.source = source
        self.pool = pool
        self.namespace = namespace
        self.usedBytes = usedBytes
        self.foreignSnapshots = foreignSnapshots
    }
}
