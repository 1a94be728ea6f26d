import CCeph
import Glibc

/// Extended attributes as they are: names and values are bytes.
extension CephNode {
    /// The names of the extended attributes that are stored with the inode; Ceph's own virtual ones (`ceph.*`) are not
    /// among them (ceph_ll_listxattr).
    public func attributeNames() throws -> [[UInt8]] {
        // An inode's attributes together may not exceed 64 KB at the MDS (mds_max_xattr_pairs_size).
        var room = 4096
        while true {
            var buffer = [CChar](repeating: 0, count: room)
            var size = 0
            let result = ceph_ll_listxattr(mount.handle, pointer, &buffer, room, &size, permissions)
            if result == -ERANGE, room < 1 << 20 {
                room *= 4
                continue
            }
            try check(result, "ceph_ll_listxattr")
            let names = buffer.prefix(size).map { UInt8(bitPattern: $0) }.split(separator: 0)
            return names.map(Array.init).filter { !$0.starts(with: "ceph.".utf8) }
        }
    }

    /// An extended attribute's value (ceph_ll_getxattr); nil when there is none of that name.
    public func attribute(_ name: [UInt8]) throws -> [UInt8]? {
        var room = 1024
        while true {
            var buffer = [UInt8](repeating: 0, count: room)
            let result = ceph_ll_getxattr(mount.handle, pointer, CText.chars(name), &buffer, room, permissions)
            if result == -ENODATA { return nil }
            if result == -ERANGE, room < 1 << 20 {
                room *= 4
                continue
            }
            let count = try check(result, "ceph_ll_getxattr", attribute: name)
            return Array(buffer.prefix(Int(count)))
        }
    }

    /// Sets an extended attribute, making or replacing it (ceph_ll_setxattr).
    ///
    /// - Parameter adding: whether it must not be there yet (XATTR_CREATE): EEXIST.
    public func setAttribute(_ name: [UInt8], to value: [UInt8], adding: Bool = false) throws {
        let result = ceph_ll_setxattr(
            mount.handle,
            pointer,
            CText.chars(name),
            value,
            value.count,
            adding ? 1 : 0,
            permissions
        )
        try check(result, "ceph_ll_setxattr", attribute: name)
    }

    /// Removes an extended attribute (ceph_ll_removexattr); none of that name is a success.
    public func removeAttribute(_ name: [UInt8]) throws {
        let result = ceph_ll_removexattr(mount.handle, pointer, CText.chars(name), permissions)
        guard result != -ENODATA else { return }
        try check(result, "ceph_ll_removexattr", attribute: name)
    }
}
