import CCeph
import Glibc

/// An open file. Closed at the latest when the last reference goes.
public final class CephFile {
    private let node: CephNode
    private var file: OpaquePointer?

    /// Takes the handle over.
    fileprivate init(_ node: CephNode, _ file: OpaquePointer) {
        self.node = node
        self.file = file
    }

    deinit {
        if let file { ceph_ll_close(node.mount.handle, file) }
    }

    private func opened(_ call: String) throws -> OpaquePointer {
        guard let file else { throw CephError(call: call, code: EBADF, path: node.mount.absolute(node.path)) }
        return file
    }

    /// Writes all of `text` at the offset (ceph_ll_write); it may stay in the client's cache until ``synchronizeData()``.
    ///
    /// - Throws: ``CephError`` EPERM when the user has no OSD cap for the pool and namespace.
    public func write(_ text: String, at offset: Int64 = 0) throws {
        let file = try opened("ceph_ll_write")
        var text = text
        try text.withUTF8 { bytes in
            try bytes.withMemoryRebound(to: CChar.self) { chars in
                var done = 0
                while done < chars.count {
                    let rest = UnsafeBufferPointer(rebasing: chars[done...])
                    let result = ceph_ll_write(
                        node.mount.handle,
                        file,
                        offset + Int64(done),
                        UInt64(rest.count),
                        rest.baseAddress
                    )
                    done += Int(try node.check(result, "ceph_ll_write"))
                }
            }
        }
    }

    /// Waits until the data is on the OSDs (ceph_ll_fsync, data only). The size may still be on its way to the MDS; when
    /// this client dies before it gets there, the MDS finds the size by looking at the objects.
    public func synchronizeData() throws {
        try node.check(ceph_ll_fsync(node.mount.handle, opened("ceph_ll_fsync"), 1), "ceph_ll_fsync")
    }

    /// Up to `count` bytes from the file's beginning (ceph_ll_read).
    public func read(upTo count: Int) throws -> String {
        var buffer = [CChar](repeating: 0, count: count)
        let result = ceph_ll_read(node.mount.handle, try opened("ceph_ll_read"), 0, UInt64(count), &buffer)
        let size = try node.check(result, "ceph_ll_read")
        return String(decoding: buffer.prefix(Int(size)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Closes it (ceph_ll_close).
    public func close() throws {
        guard let closing = file else { return }
        file = nil
        try node.check(ceph_ll_close(node.mount.handle, closing), "ceph_ll_close")
    }
}

extension CephFSMount {
    /// Makes a file that must not exist, or with `replacing` empties one that does, open for writing and reading
    /// (ceph_ll_create).
    ///
    /// - Parameter direct: writes to and reads from the OSDs, past this client's cache (O_DIRECT).
    public func createFile(
        _ path: String,
        mode: UInt16,
        replacing: Bool = false,
        direct: Bool = false
    ) throws -> CephFile {
        let target = try cPath(path)
        let (directory, name) = try namedPlace(target, "ceph_ll_create")
        let past = direct ? CephNode.direct : 0
        if replacing, try directory.child(name) != nil {
            return try open(directory, name, O_RDWR | O_TRUNC | past)
        }
        let created = try directory.create(name, mode: mode, O_RDWR | O_NOFOLLOW | past)
        noteChange(of: target)
        return CephFile(created.node, created.file)
    }

    /// Opens a file for reading (ceph_ll_open).
    ///
    /// - Parameter direct: reads what the OSDs have, never this client's cache (O_DIRECT).
    public func openFile(_ path: String, direct: Bool = false) throws -> CephFile {
        let (directory, name) = try namedPlace(cPath(path), "ceph_ll_open")
        return try open(directory, name, O_RDONLY | (direct ? CephNode.direct : 0))
    }

    /// Opens a regular file, and nothing else.
    private func open(_ directory: CephNode, _ name: [UInt8], _ flags: Int32) throws -> CephFile {
        let (node, kind) = try directory.entry(name, wanted: 0)
        guard kind == .file else {
            let code = kind == .symlink ? ELOOP : kind == .directory ? EISDIR : EINVAL
            throw CephError(call: "ceph_ll_open", code: code, path: absolute(node.path), detail: "not a regular file")
        }
        return CephFile(node, try node.open(flags | O_NOFOLLOW))
    }

    /// Removes anything but a directory (ceph_ll_unlink).
    public func unlink(_ path: String) throws {
        let target = try cPath(path)
        let (directory, name) = try namedPlace(target, "ceph_ll_unlink")
        try directory.unlink(name)
        noteChange(of: target)
    }
}
