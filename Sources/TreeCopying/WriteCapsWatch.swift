import Ceph
import Glibc
import Synchronization

/// Copies that the MDS may have handed to this client for writing once more, see ``AttributeCopy/restoreTimes(_:_:)``; looked at
/// again, for it may do so in the moment in which the client gives them back. Nothing tells but what the client holds.
final class WriteCapsWatch: Sendable {
    /// One of them, at its place in the copy.
    struct File: Sendable {
        let directory: CephNode
        let name: [UInt8]
        let copy: CephNode
        let status: CephNodeStatus
    }

    private let limit: Int
    private let files = Mutex<[File]>([])

    /// - Parameter limit: how many are remembered; each holds an inode in libcephfs's cache.
    init(limit: Int = 4096) {
        self.limit = limit
    }

    /// Remembers a file. When there are many the oldest is looked at now.
    func add(_ file: File) throws {
        let oldest = files.withLock { [limit] files in
            files.append(file)
            return files.count > limit ? files.removeFirst() : nil
        }
        if let oldest, try gaveWriteCapsBack(oldest) { files.withLock { $0.append(oldest) } }
    }

    /// Returns when everything that the client wrote, made or set is on disk and none of the files is held.
    ///
    /// An answer of the MDS that crossed with one of the client's messages comes before the MDS's answer to that, so what
    /// is held is known for certain when all was flushed.
    ///
    /// - Throws: ``CephError`` ETIMEDOUT with the path of one that the MDS hands out for half a minute.
    func waitUntilReleased(on mount: CephFSMount, checkStop: () throws -> Void) throws {
        for pause in Pauses.doubling(seconds: 31) {
            try mount.synchronize()
            let held = try files.withLock { $0 }.filter { file in
                try checkStop()
                return try gaveWriteCapsBack(file)
            }
            files.withLock { $0 = held }
            guard !held.isEmpty else { return }
            usleep(pause)
        }
        let path = files.withLock { $0.first }.map { mount.absolute($0.copy.path) }
        let detail = "the MDS keeps granting the right to write to it"
        throw CephError(call: "ceph_ll_setattr", code: ETIMEDOUT, path: path, detail: detail)
    }

    /// Restores the times of a file that is held, which gives the right to write to it back; false for one that is not held.
    private func gaveWriteCapsBack(_ file: File) throws -> Bool {
        guard try file.directory.holdsWriting(to: file.name) else { return false }
        try AttributeCopy.restoreTimes(file.copy, file.status)
        return true
    }
}
