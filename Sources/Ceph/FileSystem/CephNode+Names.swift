import CCeph
import Glibc

/// An inode that was found or made, and what it was at that moment.
public typealias CephFoundNode = (node: CephNode, status: CephNodeStatus)

extension CephNode {
    /// The inode of that name in this directory (ceph_ll_lookup); nil when there is none.
    public func child(_ name: [UInt8]) throws -> CephFoundNode? {
        do {
            try refuseSnapshotDirectory(name, "ceph_ll_lookup")
            let (node, stx) = try lookUp(name, Self.wanted)
            return (node, CephNodeStatus(stx))
        } catch let error as CephError where error.code == ENOENT {
            return nil
        }
    }

    /// The inode of that name, `.snap` included, for which a capability must be held (``CephFSMount/hold(_:)``).
    func lookUp(_ name: [UInt8], _ wanted: UInt32) throws -> (node: CephNode, stx: ceph_statx) {
        try take(name, "ceph_ll_lookup") { name, out, stx in
            ceph_ll_lookup(mount.handle, pointer, name, out, stx, wanted, Self.flags, permissions)
        }
    }

    /// Makes a directory (ceph_ll_mkdir).
    public func makeDirectory(_ name: [UInt8], mode: UInt16) throws -> CephFoundNode {
        let mode = mode_t(mode)
        return try adopt(name, "ceph_ll_mkdir") { name, out, stx in
            ceph_ll_mkdir(mount.handle, pointer, name, mode, out, stx, Self.wanted, Self.flags, permissions)
        }
    }

    /// Makes a symbolic link (ceph_ll_symlink).
    public func makeSymlink(_ name: [UInt8], to target: [UInt8]) throws -> CephFoundNode {
        let target = CText.chars(target)
        return try adopt(name, "ceph_ll_symlink") { name, out, stx in
            ceph_ll_symlink(mount.handle, pointer, name, target, out, stx, Self.wanted, Self.flags, permissions)
        }
    }

    /// Makes a named pipe, a socket or a device (ceph_ll_mknod).
    ///
    /// - Parameters:
    ///   - type: the type bits of `st_mode`.
    ///   - device: of a device, its number as `st_rdev` has it.
    public func makeSpecial(_ name: [UInt8], type: UInt32, mode: UInt16, device: UInt64) throws -> CephFoundNode {
        let mode = mode_t(mode) | type
        let (flags, device) = (Self.flags, dev_t(device))
        return try adopt(name, "ceph_ll_mknod") { name, out, stx in
            ceph_ll_mknod(mount.handle, pointer, name, mode, device, out, stx, Self.wanted, flags, permissions)
        }
    }

    /// Makes a file that must not exist, and opens it (ceph_ll_create); the caller closes it.
    func create(_ name: [UInt8], mode: UInt16, _ flags: Int32) throws -> (node: CephNode, file: OpaquePointer) {
        let (mode, flags) = (mode_t(mode), flags | O_CREAT | O_EXCL)
        var file: OpaquePointer?
        let made = try adopt(name, "ceph_ll_create") { name, out, stx in
            let (wanted, how) = (Self.wanted, Self.flags)
            return ceph_ll_create(
                mount.handle,
                pointer,
                name,
                mode,
                flags,
                out,
                &file,
                stx,
                wanted,
                how,
                permissions
            )
        }
        guard let file else { throw CephError(call: "ceph_ll_create", code: EIO, path: mount.absolute(path)) }
        return (made.node, file)
    }

    /// Gives this inode another name (ceph_ll_link): EEXIST when that is taken.
    public func link(_ name: [UInt8], in directory: CephNode) throws {
        let result = ceph_ll_link(mount.handle, pointer, directory.pointer, CText.chars(name), permissions)
        try directory.check(result, "ceph_ll_link", name: name)
    }

    /// Removes an empty directory (ceph_ll_rmdir). ENOTEMPTY also when it has snapshots.
    public func removeDirectory(_ name: [UInt8]) throws {
        let result = ceph_ll_rmdir(mount.handle, pointer, CText.chars(name), permissions)
        try check(result, "ceph_ll_rmdir", name: name)
    }

    /// Removes a name that is no directory's (ceph_ll_unlink).
    public func unlink(_ name: [UInt8]) throws {
        let result = ceph_ll_unlink(mount.handle, pointer, CText.chars(name), permissions)
        try check(result, "ceph_ll_unlink", name: name)
    }

    /// A symbolic link's target (ceph_ll_readlink).
    public func target() throws -> [UInt8] {
        // The longest that Linux allows, and one more to see that nothing was cut.
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
        let result = ceph_ll_readlink(mount.handle, pointer, &buffer, buffer.count, permissions)
        let count = Int(try check(result, "ceph_ll_readlink"))
        guard count < buffer.count else {
            throw CephError(call: "ceph_ll_readlink", code: ENAMETOOLONG, path: mount.absolute(path))
        }
        return buffer.prefix(count).map { UInt8(bitPattern: $0) }
    }

    private typealias Finder = (
        _ name: [CChar],
        _ out: UnsafeMutablePointer<OpaquePointer?>,
        _ stx: UnsafeMutablePointer<ceph_statx>
    ) -> Int32

    /// Calls what makes an inode, and takes over the reference that it returns.
    private func adopt(_ name: [UInt8], _ call: String, _ body: Finder) throws -> CephFoundNode {
        try refuseSnapshotDirectory(name, call)
        let (node, stx) = try take(name, call, body)
        return (node, CephNodeStatus(stx))
    }

    private func take(_ name: [UInt8], _ call: String, _ body: Finder) throws -> (node: CephNode, stx: ceph_statx) {
        var found: OpaquePointer?
        var stx = ceph_statx()
        try check(body(CText.chars(name), &found, &stx), call, name: name)
        guard let found else { throw CephError(call: call, code: EIO, path: mount.absolute(path)) }
        return (CephNode(mount, found, name: name, in: self), stx)
    }

    /// The node of a directory proves no capability of it, see `CephFSMount.cPath`; snapshots are found by path.
    private func refuseSnapshotDirectory(_ name: [UInt8], _ call: String) throws {
        guard name != CText.snapshotDirectory else {
            throw CephError(call: call, code: EINVAL, path: mount.absolute(path), detail: "a file is named .snap")
        }
    }
}
