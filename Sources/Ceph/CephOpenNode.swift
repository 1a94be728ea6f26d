import CCephFS
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
    public func openForReading() throws -> CephOpenNode { try open(O_RDONLY) }

    /// Opens this file for writing, and empties it with `truncating` (ceph_ll_open).
    public func openForWriting(truncating: Bool) throws -> CephOpenNode {
        try open(O_WRONLY | (truncating ? O_TRUNC : 0))
    }

    private static let direct = Int32(ccephfs_o_direct)

    private func open(_ flags: Int32) throws -> CephOpenNode {
        var opened: OpaquePointer?
        let result = ceph_ll_open(mount.handle, pointer, flags | Self.direct | O_NOFOLLOW, &opened, permissions)
        try check(result, "ceph_ll_open")
        guard let opened else { throw CephError(call: "ceph_ll_open", code: EIO, path: mount.absolute(path)) }
        return CephOpenNode(self, opened)
    }

    /// Makes a file that must not exist, open for writing (ceph_ll_mknod, ceph_ll_open).
    ///
    /// One round trip: the MDS gives the maker of a regular file all its capabilities, so that opening it asks nothing.
    /// ceph_ll_create looks first whether the name is there, which in a directory that the client does not know to the
    /// last entry is another.
    public func createFile(_ name: [UInt8], mode: UInt16) throws -> CephOpenNode {
        try makeSpecial(name, type: S_IFREG, mode: mode, device: 0).node.openForWriting(truncating: false)
    }
}
