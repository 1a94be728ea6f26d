import CCeph
import Glibc

/// A snapshot as the MDS knows it.
public struct CephSnapshotInfo: Sendable, Hashable {
    /// Its number, unique in the file system.
    public var id: UInt64
    /// What was stored with it when it was made.
    public var metadata: [String: String]
}

extension CephFSMount {
    /// Makes a snapshot of a directory (ceph_mksnap). EEXIST when there is one of that name.
    ///
    /// libcephfs takes no inode here. So what is at the path is looked at before, and whether it was given the snapshot
    /// afterwards.
    ///
    /// - Parameters:
    ///   - name: must be a single name: `x/y` would quietly make `y`. A leading `_` is EINVAL.
    ///   - metadata: kept with the snapshot.
    public func makeSnapshot(of path: String, name: String, metadata: [String: String] = [:]) throws {
        guard !name.isEmpty, !name.utf8.contains(UInt8(ascii: "/")), !name.utf8.contains(0) else {
            throw CephError(call: "ceph_mksnap", code: EINVAL, path: absolute(path), detail: "not a snapshot's name")
        }
        let texts = metadata.sorted { $0.key < $1.key }.map { (strdup($0.key), strdup($0.value)) }
        defer {
            for text in texts {
                free(text.0)
                free(text.1)
            }
        }
        let directory = try self.directory(path)
        var pairs = texts.map { snap_metadata(key: UnsafePointer($0.0), value: UnsafePointer($0.1)) }
        try hold(directory)
        let result = ceph_mksnap(handle, try cPath(path).chars, name, 0o755, &pairs, pairs.count)
        let place = "\(path)/.snap/\(name)"
        try check(result, "ceph_mksnap", place)
        guard try directory.subdirectory(CText.snapshotDirectory).child(Array(name.utf8)) != nil else {
            let detail = "the directory was replaced while the snapshot was taken"
            throw CephError(call: "ceph_mksnap", code: ELOOP, path: absolute(place), detail: detail)
        }
    }

    /// Removes a snapshot (ceph_ll_rmdir in `.snap`); false when there is none of that name.
    ///
    /// It is looked for first: removing one that is missing makes a later unmount hang (seen with 16.2).
    @discardableResult
    public func removeSnapshot(of path: String, name: String) throws -> Bool {
        let name = Array(name.utf8)
        guard try statusIfPresent(path) != nil else { return false }
        let snapshots = try directory("\(path)/.snap")
        guard try snapshots.child(name) != nil else { return false }
        try snapshots.removeDirectory(name)
        return true
    }

    /// A snapshot's number and metadata (ceph_get_snap_info).
    public func snapshotInfo(of path: String, name: String) throws -> CephSnapshotInfo {
        let place = "\(path)/.snap/\(name)"
        _ = try directory(place)
        var info = snap_info()
        try check(ceph_get_snap_info(handle, try cPath(place).chars, &info), "ceph_get_snap_info", place)
        defer { ceph_free_snap_info_buffer(&info) }
        var metadata: [String: String] = [:]
        for pair in UnsafeBufferPointer(start: info.snap_metadata, count: info.nr_snap_metadata) {
            guard let key = pair.key, let value = pair.value else { continue }
            metadata[String(cString: key)] = String(cString: value)
        }
        return CephSnapshotInfo(id: info.id, metadata: metadata)
    }
}
