import CCeph
import Glibc

/// What a directory holds or a path names.
public struct CephFileStatus: Sendable, Hashable {
    /// Its number, by which Ceph names the snapshots of a directory in those below (`_<snapshot>_<inode>`).
    public var inode: UInt64
    /// Whether it is a directory.
    public var isDirectory: Bool
    /// Permission bits, with setuid, setgid and sticky.
    public var mode: UInt16
    /// Owner.
    public var uid: UInt32
    /// Group.
    public var gid: UInt32
    /// Size in bytes; of a directory: how many entries it has.
    public var size: UInt64
    /// Last change of contents, in seconds since 1970.
    public var modified: Int64
    /// Last change of the inode, in seconds since 1970, as the MDS saw it.
    public var changed: Int64
}

/// One name in a directory.
public struct CephDirectoryEntry: Sendable, Hashable {
    /// The name, as bytes: file names need not be UTF-8.
    public var name: [UInt8]
    /// What it is.
    public var status: CephFileStatus

    /// The name, with replacement characters where it is no UTF-8.
    public var text: String { String(decoding: name, as: UTF8.self) }
}

extension CephFSMount {
    /// What the path names; a symbolic link at its end is itself (ceph_ll_getattr).
    public func status(_ path: String) throws -> CephFileStatus {
        CephFileStatus(try attributes(path, CephNode.wanted))
    }

    private func attributes(_ path: String, _ wanted: UInt32) throws -> ceph_statx {
        try found(path, wanted: wanted).attributes(wanted)
    }

    /// As ``status(_:)``; nil when there is nothing.
    public func statusIfPresent(_ path: String) throws -> CephFileStatus? {
        do {
            return try status(path)
        } catch let error as CephError where error.code == ENOENT {
            return nil
        }
    }

    /// How many entries a directory has; nil when there is nothing (ceph_ll_getattr, of the size alone).
    public func entryCountIfPresent(_ path: String) throws -> UInt64? {
        do {
            return try attributes(path, UInt32(CEPH_STATX_SIZE)).stx_size
        } catch let error as CephError where error.code == ENOENT {
            return nil
        }
    }

    /// Makes a directory (ceph_ll_mkdir). No umask applies.
    public func makeDirectory(_ path: String, mode: UInt16) throws {
        let target = try cPath(path)
        let (directory, name) = try place(target)
        guard let name else { throw CephError(call: "ceph_ll_mkdir", code: EEXIST, path: root) }
        _ = try directory.makeDirectory(name, mode: mode)
        noteChange(of: target)
    }

    /// As ``makeDirectory(_:mode:)``; false when something of that name is there.
    @discardableResult
    public func makeDirectoryIfMissing(_ path: String, mode: UInt16) throws -> Bool {
        do {
            try makeDirectory(path, mode: mode)
            return true
        } catch let error as CephError where error.code == EEXIST {
            return false
        }
    }

    /// Removes an empty directory (ceph_ll_rmdir). ENOTEMPTY also when it has snapshots.
    public func removeDirectory(_ path: String) throws {
        let target = try cPath(path)
        let (directory, name) = try namedPlace(target, "ceph_ll_rmdir")
        try directory.removeDirectory(name)
        noteChange(of: target)
    }

    /// Renames (ceph_ll_rename): an empty directory at `destination` is silently replaced, any other is ENOTEMPTY, and a
    /// rename out of or into a subvolume is EXDEV. This client does not heed quotas (`client_quota` in ``CephSettings``). A
    /// symbolic link is renamed itself.
    public func rename(_ source: String, to destination: String) throws {
        let target = try cPath(destination)
        let (from, name) = try namedPlace(cPath(source), "ceph_ll_rename")
        let (into, newName) = try namedPlace(target, "ceph_ll_rename")
        let result = ceph_ll_rename(
            handle,
            from.pointer,
            CText.chars(name),
            into.pointer,
            CText.chars(newName),
            from.permissions
        )
        if result == -ENOENT { release(target, newName, in: into) }
        try check(result, "ceph_ll_rename", source)
        noteChange(of: target)
    }

    /// Ends the waiting for a rename that has failed.
    ///
    /// libcephfs 16.2 marks the destination as being renamed, and forgets to take that back when it does not find the source:
    /// whoever looks up the destination in this process then waits for ever. The next rename to it takes the mark back, and
    /// one of the destination's own parent never succeeds (EINVAL: a directory can't be moved into itself).
    private func release(_ target: CPath, _ name: [UInt8], in parent: CephNode) {
        guard let (above, parentName) = try? namedPlace(target.parent, "ceph_ll_rename") else { return }
        _ = ceph_ll_rename(
            handle,
            above.pointer,
            CText.chars(parentName),
            parent.pointer,
            CText.chars(name),
            parent.permissions
        )
    }

    /// Sets a directory's owner (ceph_ll_setattr).
    public func setOwner(_ path: String, uid: UInt32, gid: UInt32) throws {
        var changes = CephNodeChanges()
        changes.owner = (uid, gid)
        try directory(path).set(changes)
    }

    /// Sets a directory's permission bits (ceph_ll_setattr).
    public func setMode(_ path: String, _ mode: UInt16) throws {
        try directory(path).set(CephNodeChanges(mode: mode))
    }

    /// The entries of a directory without `.` and `..`, unsorted, at most `limit` (ceph_ll_opendir, ceph_readdirplus_r).
    public func entries(_ path: String, limit: Int = .max) throws -> [CephDirectoryEntry] {
        try directory(path).entries(limit: limit)
    }

    /// Between the stretches of a large directory, so that no more than some 17 MB of inodes come in a second.
    private static let microsecondsForName: UInt32 = 150

    /// The names in a directory that `isWanted`, unsorted, and nothing else about them: see ``CephNameStream``. Waits
    /// between the stretches of a large one.
    public func names(_ path: String, where isWanted: (String) -> Bool) throws -> [String] {
        let stream = try CephNameStream(self, path)
        var names: [String] = []
        while true {
            let stretch = try stream.next(where: isWanted)
            names += stretch.names
            guard stretch.goesOn else { return names }
            usleep(UInt32(stretch.count) * Self.microsecondsForName)
        }
    }

    /// Bytes of the file system, or of the mount root's quota (ceph_statfs ignores its path).
    public func statistics() throws -> (totalBytes: UInt64, freeBytes: UInt64) {
        var buffer = statvfs()
        try check(ceph_statfs(handle, "/", &buffer), "ceph_statfs", "/")
        return (UInt64(buffer.f_blocks) * UInt64(buffer.f_frsize), UInt64(buffer.f_bfree) * UInt64(buffer.f_frsize))
    }
}

extension CephNode {
    /// The entries of this directory: see ``CephFSMount/entries(_:limit:)``.
    func entries(limit: Int) throws -> [CephDirectoryEntry] {
        let directory = try openDirectory()
        defer { ceph_ll_releasedir(mount.handle, directory) }
        var entries: [CephDirectoryEntry] = []
        while entries.count < limit {
            var entry = dirent()
            var stx = ceph_statx()
            let result = ceph_readdirplus_r(mount.handle, directory, &entry, &stx, Self.wanted, Self.flags, nil)
            guard try check(result, "ceph_readdirplus_r") > 0 else { break }
            let name = withUnsafeBytes(of: &entry.d_name) { Array($0.prefix { $0 != 0 }) }
            guard name != Array(".".utf8), name != Array("..".utf8) else { continue }
            entries.append(CephDirectoryEntry(name: name, status: CephFileStatus(stx)))
        }
        return entries
    }
}

extension CephFileStatus {
    init(_ stx: ceph_statx) {
        inode = stx.stx_ino
        isDirectory = mode_t(stx.stx_mode) & S_IFMT == S_IFDIR
        mode = UInt16(stx.stx_mode & 0o7777)
        uid = stx.stx_uid
        gid = stx.stx_gid
        size = stx.stx_size
        modified = Int64(stx.stx_mtime.tv_sec)
        changed = Int64(stx.stx_ctime.tv_sec)
    }
}
