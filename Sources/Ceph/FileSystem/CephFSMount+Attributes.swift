import CCeph
import Glibc

extension CephFSMount {
    /// Sets an extended attribute of a directory, making or replacing it (ceph_ll_setxattr).
    ///
    /// `ceph.quota.*`, `ceph.dir.layout.*` and `ceph.dir.subvolume` need the `p` cap and wait for the MDS's journal.
    public func setAttribute(_ name: String, of path: String, to value: String) throws {
        try directory(path).setAttribute(Array(name.utf8), to: Array(value.utf8))
    }

    /// A directory's extended attribute (ceph_ll_getxattr).
    ///
    /// - Throws: ``CephError`` ENODATA when it has no attribute of that name, ENOENT when the directory does not exist.
    public func attribute(_ name: String, of path: String) throws -> String {
        guard let value = try attributeIfPresent(name, of: path) else {
            throw CephError(call: "ceph_ll_getxattr", code: ENODATA, path: "\(absolute(path)) \(name)")
        }
        return value
    }

    /// As ``attribute(_:of:)``; nil when the directory has none of that name.
    public func attributeIfPresent(_ name: String, of path: String) throws -> String? {
        try directory(path).attribute(Array(name.utf8)).map { String(decoding: $0, as: UTF8.self) }
    }

    /// Removes an extended attribute of a directory (ceph_ll_removexattr); none of that name is a success.
    public func removeAttribute(_ name: String, of path: String) throws {
        try directory(path).removeAttribute(Array(name.utf8))
    }

    /// Sets an extended attribute that the directory must not have yet (XATTR_CREATE): of several clients that do this at
    /// once, one succeeds.
    ///
    /// - Throws: ``CephError`` EEXIST when it has one of that name.
    public func addAttribute(_ name: String, of path: String, _ value: String) throws {
        try directory(path).setAttribute(Array(name.utf8), to: Array(value.utf8), adding: true)
    }
}
