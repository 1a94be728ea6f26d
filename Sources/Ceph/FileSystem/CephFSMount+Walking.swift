import CCeph
import Glibc

/// How paths are followed: name by name from the mount's root, each looked up in the inode of the one before, and all but
/// the last must be directories.
///
/// libcephfs' own calls by path follow symbolic links, on the way and mostly at the end. Whoever can write in a group could
/// so lead the provisioner, which may do more than they, to any other place below the root. Once looked up,
/// a name keeps meaning the same inode, even when something else is given that name later.
extension CephFSMount {
    /// The directory at a path.
    ///
    /// - Throws: ``CephError`` ELOOP for a symbolic link, at the end or on the way, ENOTDIR for another thing that is no
    ///   directory, EINVAL for a path with `.`, `..` or a NUL in it.
    public func directory(_ path: String) throws -> CephNode { try directory(cPath(path)) }

    func directory(_ path: CPath) throws -> CephNode {
        try walk(path.components())
    }

    private func walk(_ names: [[UInt8]]) throws -> CephNode {
        try names.reduce(rootNode()) { try $0.subdirectory($1) }
    }

    /// What is at a path; a symbolic link is itself. `wanted` is what is to be known of it (`CEPH_STATX_*`).
    func found(_ path: String, wanted: UInt32) throws -> CephNode {
        let (directory, name) = try place(cPath(path))
        guard let name else { return directory }
        return try directory.entry(name, wanted: wanted).node
    }

    /// The directory that a path's last name is in, and that name; nil for the root's own path.
    func place(_ path: CPath) throws -> (directory: CephNode, name: [UInt8]?) {
        var components = try path.components()
        let name = components.popLast()
        return (try walk(components), name)
    }

    /// As ``place(_:)`` for what can't be done to the root.
    func namedPlace(_ path: CPath, _ call: String) throws -> (directory: CephNode, name: [UInt8]) {
        let (directory, name) = try place(path)
        guard let name else { throw CephError(call: call, code: EBUSY, path: root) }
        return (directory, name)
    }

    private func rootNode() throws -> CephNode {
        var found: OpaquePointer?
        try check(ceph_ll_lookup_root(handle, &found), "ceph_ll_lookup_root", "/")
        guard let found else { throw CephError(call: "ceph_ll_lookup_root", code: EIO, path: root) }
        return CephNode(self, found, name: [], in: nil)
    }
}

extension CPath {
    /// The names that it is made of, split at bytes: a character may be a slash and what combines with it.
    ///
    /// - Throws: ``CephError`` EINVAL for `.` and `..`.
    func components() throws -> [[UInt8]] {
        let names = chars.dropLast().split(separator: CChar(UInt8(ascii: "/"))).map { $0.map { UInt8(bitPattern: $0) } }
        let dot = UInt8(ascii: ".")
        guard !names.contains([dot]), !names.contains([dot, dot]) else {
            throw CephError(call: "ceph_ll_lookup", code: EINVAL, path: text, detail: "a path has a . or .. in it")
        }
        return names
    }
}

extension CephNode {
    /// The directory of that name in this one.
    ///
    /// - Throws: ``CephError`` ENOENT, ELOOP for a symbolic link, ENOTDIR for another thing that is no directory.
    func subdirectory(_ name: [UInt8]) throws -> CephNode {
        let found = try entry(name, wanted: 0)
        switch found.kind {
        case .directory: return found.node
        case .symlink:
            throw CephError(
                call: "ceph_ll_lookup",
                code: ELOOP,
                path: mount.absolute(found.node.path),
                detail: "a symbolic link where a directory must be"
            )
        default:
            throw CephError(call: "ceph_ll_lookup", code: ENOTDIR, path: mount.absolute(found.node.path))
        }
    }

    /// The inode of that name in this directory, and its kind, which is known whatever is `wanted` (ceph_ll_lookup).
    func entry(_ name: [UInt8], wanted: UInt32) throws -> (node: CephNode, kind: CephNodeKind) {
        if name == CText.snapshotDirectory { try mount.hold(self) }
        let (node, stx) = try lookUp(name, wanted)
        return (node, CephNodeKind(typeOf: stx.stx_mode))
    }
}
