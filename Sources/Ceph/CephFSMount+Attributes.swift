import CCephFS
import Glibc

extension CephFSMount {
    /// Sets an extended attribute, making or replacing it (ceph_setxattr).
    ///
    /// `ceph.quota.*`, `ceph.dir.layout.*` and `ceph.dir.subvolume` need the `p` cap and wait for the MDS's journal.
    public func setAttribute(_ name: String, of path: String, to value: String) throws {
        var value = value
        let result = try value.withUTF8 { bytes in
            ceph_setxattr(handle, try cPath(path).chars, name, bytes.baseAddress, bytes.count, 0)
        }
        try check(result, "ceph_setxattr", path, attribute: name)
    }

    /// An extended attribute's value (ceph_getxattr).
    ///
    /// - Throws: ``CephError`` ENODATA when the path has none of that name, ENOENT when there is no path.
    public func attribute(_ name: String, of path: String) throws -> String {
        var room = 1024
        while true {
            var buffer = [UInt8](repeating: 0, count: room)
            let result = ceph_getxattr(handle, try cPath(path).chars, name, &buffer, room)
            if result == -ERANGE, room < 1 << 17 {
                room *= 4
                continue
            }
            let count = try check(result, "ceph_getxattr", path, attribute: name)
            return String(decoding: buffer.prefix(Int(count)), as: UTF8.self)
        }
    }

    /// As ``attribute(_:of:)``; nil when the path has none of that name.
    public func attributeIfPresent(_ name: String, of path: String) throws -> String? {
        do {
            return try attribute(name, of: path)
        } catch let error as CephError where error.code == ENODATA {
            return nil
        }
    }

    /// Removes an extended attribute (ceph_removexattr).
    public func removeAttribute(_ name: String, of path: String) throws {
        let result = ceph_removexattr(handle, try cPath(path).chars, name)
        try check(result, "ceph_removexattr", path, attribute: name)
    }
}

extension CephFSMount {
    /// Sets an extended attribute that the path must not have yet (ceph_setxattr with XATTR_CREATE): of several clients
    /// that do this at once, one succeeds.
    ///
    /// - Throws: ``CephError`` EEXIST when it has one of that name.
    public func addAttribute(_ name: String, of path: String, _ value: String) throws {
        var value = value
        let result = try value.withUTF8 { bytes in
            ceph_setxattr(handle, try cPath(path).chars, name, bytes.baseAddress, bytes.count, 1)
        }
        try check(result, "ceph_setxattr", path, attribute: name)
    }
}
