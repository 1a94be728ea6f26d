/// Where the content of a shallow volume is to be found at the moment. It moves when the snapshot's
/// volume is deleted, and not while a volume that it backs is published.
public struct ShallowSource: Sendable, Hashable {
    /// Absolute path of the data directory that the snapshot is of: what a node mounts, and what the caps of the volume's
    /// users name.
    public var path: String
    /// The snapshot's name in that directory's `.snap`.
    public var snapshot: String

    /// Joins the parts.
    public init(path: String, snapshot: String) {
        self.path = path
        self.snapshot = snapshot
    }

    /// Whether `name` can be a snapshot of a directory above, as Ceph shows it: `_<name>_<inode>`.
    public static func isSnapshot(_ name: String) -> Bool {
        guard name.utf8.count <= 255, name.first == "_", let end = name.lastIndex(of: "_"), end > name.startIndex else {
            return false
        }
        let inode = name[name.index(after: end)...]
        let own = String(name[name.index(after: name.startIndex)..<end])
        return FileName.isSafe(own) && !inode.isEmpty && inode.utf8.allSatisfy { (0x30...0x39).contains($0) }
    }
}
