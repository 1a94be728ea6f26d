import CCephFS
import Glibc

/// An open file. Closed at the latest when the last reference goes.
public final class CephFile {
    private let mount: CephFSMount
    private let path: String
    private var descriptor: Int32

    fileprivate init(_ mount: CephFSMount, _ path: String, _ descriptor: Int32) {
        self.mount = mount
        self.path = path
        self.descriptor = descriptor
    }

    deinit {
        if descriptor >= 0 { ceph_close(mount.handle, descriptor) }
    }

    /// Writes all of `text` at the offset (ceph_write); it may stay in the client's cache until ``synchronizeData()``.
    ///
    /// - Throws: ``CephError`` EPERM when the user has no OSD cap for the pool and namespace.
    public func write(_ text: String, at offset: Int64 = 0) throws {
        var text = text
        try text.withUTF8 { bytes in
            try bytes.withMemoryRebound(to: CChar.self) { chars in
                var done = 0
                while done < chars.count {
                    let rest = UnsafeBufferPointer(rebasing: chars[done...])
                    let result = ceph_write(
                        mount.handle,
                        descriptor,
                        rest.baseAddress,
                        Int64(rest.count),
                        offset + Int64(done)
                    )
                    done += Int(try mount.check(result, "ceph_write", path))
                }
            }
        }
    }

    /// Waits until the data is on the OSDs (ceph_fsync, data only). The size may still be on its way to the MDS; when
    /// this client dies before it gets there, the MDS finds the size by looking at the objects.
    public func synchronizeData() throws {
        try mount.check(ceph_fsync(mount.handle, descriptor, 1), "ceph_fsync", path)
    }

    /// Up to `count` bytes from the file's beginning (ceph_read).
    public func read(upTo count: Int) throws -> String {
        var buffer = [CChar](repeating: 0, count: count)
        let result = ceph_read(mount.handle, descriptor, &buffer, Int64(count), 0)
        let size = try mount.check(result, "ceph_read", path)
        return String(decoding: buffer.prefix(Int(size)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Closes it (ceph_close).
    public func close() throws {
        guard descriptor >= 0 else { return }
        let closing = descriptor
        descriptor = -1
        try mount.check(ceph_close(mount.handle, closing), "ceph_close", path)
    }
}

extension CephFSMount {
    /// Makes a file that must not exist, or with `replacing` empties one that does, open for writing and reading
    /// (ceph_open).
    ///
    /// - Parameter direct: writes to and reads from the OSDs, past this client's cache (O_DIRECT).
    public func createFile(
        _ path: String,
        mode: UInt16,
        replacing: Bool = false,
        direct: Bool = false
    ) throws -> CephFile {
        try open(path, O_RDWR | O_CREAT | (replacing ? O_TRUNC : O_EXCL) | (direct ? Int32(CCEPHFS_O_DIRECT) : 0), mode)
    }

    /// Opens a file for reading (ceph_open).
    ///
    /// - Parameter direct: reads what the OSDs have, never this client's cache (O_DIRECT).
    public func openFile(_ path: String, direct: Bool = false) throws -> CephFile {
        try open(path, O_RDONLY | (direct ? Int32(CCEPHFS_O_DIRECT) : 0), 0)
    }

    private func open(_ path: String, _ flags: Int32, _ mode: UInt16) throws -> CephFile {
        let name = try cPath(path)
        let descriptor = try check(ceph_open(handle, name.chars, flags | O_NOFOLLOW, mode_t(mode)), "ceph_open", path)
        if flags & O_CREAT != 0 { noteChange(of: name) }
        return CephFile(self, path, descriptor)
    }

    /// Removes a name that is no directory (ceph_unlink).
    public func unlink(_ path: String) throws {
        try unlink(cPath(path))
    }

    func unlink(_ path: CPath) throws {
        try check(ceph_unlink(handle, path.chars), "ceph_unlink", path.text)
        noteChange(of: path)
    }
}
