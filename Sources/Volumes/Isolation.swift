/// What keeps the users of one volume from the objects of another. An MDS cap with a path protects names only: whoever
/// may read a data pool may read every object in it, whichever directory its file is in.
public enum Isolation: String, Sendable, Hashable, CaseIterable {
    /// A RADOS namespace of the volume's own (`ceph.dir.layout.pool_namespace`), and OSD caps confined to it.
    case namespace
    /// The path alone: the OSD caps cover the file system's data pools. For clients without namespaces (Linux before
    /// 4.8) and for volumes that other tools read by pool.
    case path
}
