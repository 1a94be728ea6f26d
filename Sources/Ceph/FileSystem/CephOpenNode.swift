import Bytes
import CCeph
import Glibc
import Synchronization

/// A regular file opened past the client's cache (O_DIRECT): reads come from the OSDs, and what a write returns from is
/// on them. So data that is read once takes no memory, and no fsync is needed.
///
/// Closed when the last reference goes. Any number of threads may use it.
public final class CephOpenNode: @unchecked Sendable {
    /// The file.
    public let node: CephNode
    private let file: OpaquePointer
    private let isClosed = Atomic(false)

    /// Takes the handle over.
    init(_ node: CephNode, _ file: OpaquePointer) {
        self.node = node
        self.file = file
    }

    deinit {
        if !isClosed.load(ordering: .acquiring) { ceph_ll_close(node.mount.handle, file) }
    }

    /// Closes it (ceph_ll_close); nothing may be read or written any more.
    public func close() throws {
        guard !isClosed.exchange(true, ordering: .acquiringAndReleasing) else { return }
        try node.check(ceph_ll_close(node.mount.handle, file), "ceph_ll_close")
    }

    /// Fills the buffer with up to `count` bytes (ceph_ll_read), fewer only at the file's end. Holes are zeros.
    public func read(_ count: Int, at offset: UInt64, into buffer: CephBuffer) throws {
        let count = min(count, buffer.size)
        buffer.count = 0
        while buffer.count < count {
            let result = ceph_ll_read(
                node.mount.handle,
                file,
                Int64(offset) + Int64(buffer.count),
                UInt64(count - buffer.count),
                buffer.bytes.baseAddress.map { $0 + buffer.count }
            )
            let got = Int(try node.check(result, "ceph_ll_read"))
            guard got > 0 else { return }
            buffer.count += got
        }
    }

    /// Writes a part of the buffer (ceph_ll_write).
    ///
    /// - Parameter offset: where the buffer's beginning is in the file.
    /// - Throws: ``CephError`` EDQUOT, ENOSPC; EPERM when the user has no OSD cap for the pool and namespace.
    public func write(_ range: Range<Int>, of buffer: CephBuffer, at offset: UInt64) throws {
        var done = range.lowerBound
        while done < range.upperBound {
            let result = ceph_ll_write(
                node.mount.handle,
                file,
                Int64(offset) + Int64(done),
                UInt64(range.upperBound - done),
                buffer.bytes.baseAddress.map { $0 + done }
            )
            let wrote = Int(try node.check(result, "ceph_ll_write"))
            guard wrote > 0 else {
                throw CephError(call: "ceph_ll_write", code: EIO, path: node.mount.absolute(node.path))
            }
            done += wrote
        }
    }
}

extension CephNode {
    /// Opens this file for reading (ceph_ll_open).
    ///
    /// A file in a snapshot is opened again until the client holds the right to read it. Rights in snapshots come with
    /// answers only, and no answer wakes a reader that waits for one. So a read that began before the right was there
    /// waits for ever: seen once in thousands of copies with 16.2.15, the right in the client's hands.
    ///
    /// - Throws: ``CephError`` ETIMEDOUT when that takes a minute.
    public func openForReading() throws -> CephOpenNode {
        guard isInSnapshot else { return try openDirectly(O_RDONLY) }
        for pause in Self.pauses {
            let opened = try openDirectly(O_RDONLY)
            if try holdsReading() { return opened }
            try opened.close()
            usleep(pause)
        }
        let detail = "the MDS grants no right to read it"
        throw CephError(call: "ceph_ll_open", code: ETIMEDOUT, path: mount.absolute(path), detail: detail)
    }

    private static let pauses = Pauses.doubling(seconds: 60)

    private var isInSnapshot: Bool { path.contains(bytesOf: "/.snap/") }

    // Of a file that was moved since it was found, as those of a volume are that is deleted meanwhile, it can't be told.
    private func holdsReading() throws -> Bool { try holds(Self.fileRead, pathBytes()) ?? true }

    /// Whether the MDS has let this client write to a file in this directory and not been given that back; the file need
    /// not be open any more. Were the client to die now, the MDS would take the file's size and time of change from its
    /// objects. False for a name that is not there.
    public func holdsWriting(to name: [UInt8]) throws -> Bool {
        try holds(Self.fileWrite | Self.fileBuffer, pathBytes() + [UInt8(ascii: "/")] + name) ?? false
    }

    /// Whether the client holds any of these capabilities for the file at a path (ceph_debug_get_file_caps, which looks it
    /// up in its cache); nil when nothing is there.
    private func holds(_ capabilities: Int32, _ path: [UInt8]) throws -> Bool? {
        do {
            return try mount.capabilities(of: mount.cPath(path)) & capabilities != 0
        } catch let error as CephError where error.code == ENOENT {
            return nil
        }
    }

    // CEPH_CAP_FILE_RD, _WR and _BUFFER of Ceph's ceph_fs.h: CEPH_CAP_GRD (8), GWR (16) and GBUFFER (32) in the file's
    // byte, the same in every release.
    private static let fileRead: Int32 = 8 << 8
    private static let fileWrite: Int32 = 16 << 8
    private static let fileBuffer: Int32 = 32 << 8

    /// Opens this file for writing, and empties it with `truncating` (ceph_ll_open).
    public func openForWriting(truncating: Bool) throws -> CephOpenNode {
        try openDirectly(O_WRONLY | (truncating ? O_TRUNC : 0))
    }

    /// Past this client's cache (O_DIRECT), for `open` and `create`.
    static let direct = Int32(ccephfs_o_direct)

    private func openDirectly(_ flags: Int32) throws -> CephOpenNode {
        CephOpenNode(self, try open(flags | Self.direct | O_NOFOLLOW))
    }

    /// Makes a file that must not exist, open for writing (ceph_ll_mknod, ceph_ll_open).
    ///
    /// One round trip: the MDS gives the maker of a regular file all its capabilities, so that opening it asks nothing.
    /// ceph_ll_create looks first whether the name is there, which in a directory that the client does not know to the
    /// last entry is another.
    ///
    /// - Parameter foldsNames: whether this directory folds or normalises names. What libcephfs 20.2.4 makes there with
    ///   ceph_ll_mknod is listed with an empty name; then it is ceph_ll_create after all.
    public func createFile(_ name: [UInt8], mode: UInt16, foldsNames: Bool = false) throws -> CephOpenNode {
        if foldsNames {
            let created = try create(name, mode: mode, O_WRONLY | Self.direct)
            return CephOpenNode(created.node, created.file)
        }
        return try makeSpecial(name, type: S_IFREG, mode: mode, device: 0).node.openForWriting(truncating: false)
    }
}
