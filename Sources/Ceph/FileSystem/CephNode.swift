import CCeph
import Glibc

/// An inode that is held by reference: what was found once is reached without its path being resolved again, however
/// deep it lies, and no symlink is ever followed on the way.
///
/// Every method blocks, as those of ``CephFSMount`` do. Owns the reference (ceph_ll_put) and keeps the mount.
public final class CephNode: @unchecked Sendable {
    /// The mount it belongs to.
    public let mount: CephFSMount
    let pointer: OpaquePointer
    private let parent: CephNode?
    private let name: [UInt8]

    /// Takes the reference over.
    init(_ mount: CephFSMount, _ pointer: OpaquePointer, name: [UInt8], in parent: CephNode?) {
        self.mount = mount
        self.pointer = pointer
        self.name = name
        self.parent = parent
    }

    deinit {
        ceph_ll_put(mount.handle, pointer)
    }

    /// The path by which it was found, for messages.
    public var path: String { String(decoding: pathBytes(), as: UTF8.self) }

    func pathBytes() -> [UInt8] {
        var names: [[UInt8]] = []
        var node: CephNode? = self
        while let current = node {
            names.append(current.name)
            node = current.parent
        }
        return Array(names.reversed().joined(separator: [UInt8(ascii: "/")]))
    }

    /// What the mount's user may do: everything, for the mode bits are not its business (`client_permissions`).
    var permissions: OpaquePointer? { ceph_mount_perms(mount.handle) }

    /// Passes a non-negative result on; the error names this inode, or the name in it.
    @discardableResult
    func check(_ result: Int32, _ call: String, name: [UInt8]? = nil, attribute: [UInt8]? = nil) throws -> Int32 {
        guard result < 0 else { return result }
        let place = name.map { path + "/" + String(decoding: $0, as: UTF8.self) } ?? path
        let what = attribute.map { String(decoding: $0, as: UTF8.self) }
        return try mount.check(result, call, place, attribute: what)
    }

    /// What it is now (ceph_ll_getattr).
    public func status() throws -> CephNodeStatus { CephNodeStatus(try attributes(Self.wanted)) }

    /// What is `wanted` of it (ceph_ll_getattr).
    func attributes(_ wanted: UInt32) throws -> ceph_statx {
        var stx = ceph_statx()
        try check(
            ceph_ll_getattr(mount.handle, pointer, &stx, wanted, Self.flags, permissions),
            "ceph_ll_getattr"
        )
        return stx
    }

    /// Opens it (ceph_ll_open); the caller closes it.
    func open(_ flags: Int32) throws -> OpaquePointer {
        var opened: OpaquePointer?
        try check(ceph_ll_open(mount.handle, pointer, flags, &opened, permissions), "ceph_ll_open")
        guard let opened else { throw CephError(call: "ceph_ll_open", code: EIO, path: mount.absolute(path)) }
        return opened
    }

    /// Opens this directory for a listing (ceph_ll_opendir); the caller closes it.
    func openDirectory() throws -> OpaquePointer {
        var opened: OpaquePointer?
        try check(ceph_ll_opendir(mount.handle, pointer, &opened, permissions), "ceph_ll_opendir")
        guard let opened else { throw CephError(call: "ceph_ll_opendir", code: EIO, path: mount.absolute(path)) }
        return opened
    }

    /// Sets attributes, all in one call (ceph_ll_setattr). Where this client holds the file's capabilities they are
    /// kept here and reach the MDS later, all together: before ``CephFSMount/synchronize()`` returns.
    public func set(_ changes: CephNodeChanges) throws {
        var (stx, mask) = changes.statx
        try check(ceph_ll_setattr(mount.handle, pointer, &stx, mask, permissions), "ceph_ll_setattr")
    }

    static let wanted = UInt32(CEPH_STATX_BASIC_STATS)
    static let flags = UInt32(AT_SYMLINK_NOFOLLOW)
}

extension CephFSMount {
    /// The inode at a path; a symbolic link at its end is itself, one on the way is ELOOP.
    public func node(_ path: String) throws -> CephNode { try found(path, wanted: CephNode.wanted) }

    /// Waits until everything that this client wrote, made or set is on the OSDs and in the MDS's journal
    /// (ceph_sync_fs).
    public func synchronize() throws {
        try check(ceph_sync_fs(handle), "ceph_sync_fs", "/")
    }
}
