import CCeph
import Glibc

/// A directory being listed, some entries at a time. Closed when the last reference goes.
///
/// One thread at a time may use it.
public final class CephDirectoryStream: @unchecked Sendable {
    /// One entry, with its inode held.
    public struct Entry: Sendable {
        /// The name, as bytes.
        public let name: [UInt8]
        /// The inode.
        public let node: CephNode
        /// What it was when it was listed.
        public let status: CephNodeStatus
    }

    private let directory: CephNode
    private let stream: OpaquePointer

    /// Opens it (ceph_ll_opendir).
    public init(_ directory: CephNode) throws {
        self.directory = directory
        stream = try directory.openDirectory()
        // Past `.` and `..`, for each of which the library would ask the MDS.
        ceph_seekdir(directory.mount.handle, stream, Self.firstName)
    }

    /// Where the names begin that are stored (ceph_seekdir): behind `.` at 0 and `..` at 1.
    private static let firstName: Int64 = 2

    deinit {
        ceph_ll_releasedir(directory.mount.handle, stream)
    }

    /// The next entries without `.` and `..`, unsorted, at most `limit` (ceph_readdirplus_r); none at the end.
    public func next(_ limit: Int) throws -> [Entry] {
        var entries: [Entry] = []
        while entries.count < limit {
            var entry = dirent()
            var stx = ceph_statx()
            var found: OpaquePointer?
            let result = ceph_readdirplus_r(
                directory.mount.handle,
                stream,
                &entry,
                &stx,
                CephNode.wanted,
                CephNode.flags,
                &found
            )
            guard try directory.check(result, "ceph_readdirplus_r") > 0 else { break }
            guard let found else { continue }
            let name = withUnsafeBytes(of: &entry.d_name) { Array($0.prefix { $0 != 0 }) }
            let node = CephNode(directory.mount, found, name: name, in: directory)
            guard name != Array(".".utf8), name != Array("..".utf8) else { continue }
            entries.append(Entry(name: name, node: node, status: CephNodeStatus(stx)))
        }
        return entries
    }
}
