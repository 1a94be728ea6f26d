/// Everything that the file system knows of a volume, for an administrator.
public struct VolumeFacts: Sendable, Hashable {
    /// The volume and its condition.
    public var details: VolumeDetails
    /// Bytes in its data directory (`ceph.dir.rbytes`), which may lag some seconds behind.
    public var usedBytes: Int64
    /// Files and directories in it (`ceph.dir.rentries`).
    public var entries: Int64
    /// Where its files' objects lie; nil when the directory has no layout of its own, or is missing.
    public var pool: String?
    /// Their RADOS namespace; empty for the pool's default one.
    public var namespace: String
    /// Who has it.
    public var attachments: [Attachment]
    /// The ids of the Ceph users that it may have now, without `client.`.
    public var users: [String]
    /// Its snapshots that this plugin made.
    public var snapshots: [Snapshot]
    /// When it was made, compact UTC; empty when nothing says it.
    public var created: String
    /// The path that it was adopted from; nil for a volume that the plugin made.
    public var adoptedFrom: String?

    /// Joins the parts.
    public init(
        details: VolumeDetails,
        usedBytes: Int64 = 0,
        entries: Int64 = 0,
        pool: String? = nil,
        namespace: String = "",
        attachments: [Attachment] = [],
        users: [String] = [],
        snapshots: [Snapshot] = [],
        created: String = "",
        adoptedFrom: String? = nil
    ) {
        self.details = details
        self.usedBytes = usedBytes
        self.entries = entries
        self.pool = pool
        self.namespace = namespace
        self.attachments = attachments
        self.users = users
        self.snapshots = snapshots
        self.created = created
        self.adoptedFrom = adoptedFrom
    }
}
