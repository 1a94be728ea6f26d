import Bytes
import Ceph
import Synchronization

/// Copies a directory with everything below it to another place of the same file system, by reading and writing: the
/// copy may lie in another pool or RADOS namespace.
///
/// Kept are regular files with their holes, hard links, symbolic links, devices, pipes and sockets, extended attributes
/// and ACLs, modes, owners, and times of access and change to the nanosecond. Not kept are what Ceph adds (`ceph.*`:
/// quotas and layouts, for the copy has its own) and what it never lets anybody set (`ctime`). No symbolic link is ever
/// followed. What can't be copied is an error that names the path.
///
/// It may be killed at any moment: the next copy of the same source to the same destination goes on where it was. The
/// source should be a snapshot. Of a live directory each file is copied as it was at some moment, and what vanishes
/// meanwhile is counted and left out; what an earlier run has copied stays, also when it is gone from there since.
///
/// A copier is for one ``run(on:_:)``.
public final class TreeCopier: Sendable {
    /// From where to where; paths begin at the mount's root.
    public struct Paths: Sendable, Hashable {
        /// The directory to copy, `/csi/v1/.snap/s1/UUID` for example.
        public var source: String
        /// The directory to copy to, made if need be; its parent must exist. It takes the source's attributes as well.
        public var destination: String
        /// A directory for the copier's own use, made and in the end removed: in the same subvolume as the destination
        /// and outside of it. Its parent must exist.
        public var scratch: String

        /// Joins the parts.
        public init(source: String, destination: String, scratch: String) {
            self.source = source
            self.destination = destination
            self.scratch = scratch
        }

        /// Whether nobody can change the source.
        var sourceIsSnapshot: Bool { live != nil }

        /// The directory that the source shows as it was: the path without `.snap` and the name behind it; nil when the source
        /// is none of a snapshot's.
        var live: String? {
            let names = source.split(byte: "/")
            guard let index = names.firstIndex(where: { $0.isSame(as: ".snap") }) else { return nil }
            return "/" + (names[..<index] + names[index...].dropFirst(2)).joined(separator: "/")
        }
    }

    /// Limits.
    public struct Options: Sendable {
        /// Threads of the connection's copying lane that work on it, if it has so many to give. Each has one call to
        /// Ceph under way and a buffer of ``chunkBytes``.
        public var workers = 8
        /// How much is read and written in one call. Larger ones were no faster, and cost memory: each worker's buffer
        /// and twice as much inside libcephfs.
        public var chunkBytes = 1 << 20
        /// The smallest hole that is kept.
        public var holeBytes = 64 << 10
        /// How much of a large file a crash may cost.
        public var checkpointBytes: UInt64 = 64 << 20
        /// How many entries of one directory are held in memory.
        public var batch = 256

        /// The defaults.
        public init() {}
    }

    /// How far it has got.
    public let progress = CopyProgress()
    private let paths: Paths
    private let totals: CopyTotals?
    private let options: Options
    private let state = Mutex(State())

    private struct State {
        var session: CopySession?
        var isStopped = false
    }

    /// Begins nothing yet.
    ///
    /// - Parameter totals: what is expected. Without them the source's recursive statistics are asked, which for a
    ///   snapshot are those of the live directory (seen with 16.2).
    public init(_ paths: Paths, totals: CopyTotals? = nil, options: Options = Options()) {
        self.paths = paths
        self.totals = totals
        self.options = options
    }

    /// Copies on the connection's copying lane, and returns when all is copied and on disk. When the connection is lost
    /// meanwhile it goes on with a new one.
    ///
    /// When the task is cancelled it stops as ``stop()`` does, and returns only when no worker is at work any more: what
    /// is there can then be removed.
    ///
    /// - Throws: `CancellationError` when it was stopped; ``CephError`` with the path: ENOSPC, EPERM when the user
    ///   lacks a cap, and so on.
    public func run(on connections: CephConnections, _ settings: CephSettings) async throws {
        // Unstructured, for the threads' work must not be abandoned when this task is cancelled.
        let work = Task { try await runWorkers(on: connections, settings) }
        try await withTaskCancellationHandler {
            try await work.value
        } onCancel: {
            stop()
        }
    }

    /// Lets it end soon: workers stop after the call to Ceph that they are in.
    public func stop() {
        let session = state.withLock { state in
            state.isStopped = true
            return state.session
        }
        session?.stop()
    }

    private func runWorkers(on connections: CephConnections, _ settings: CephSettings) async throws {
        let label = "copying \(paths.source) to \(paths.destination)"
        let hasCharacterMaps = await CharacterMap.mayOccur(on: connections, settings)
        try await withThrowingTaskGroup(of: Void.self) { [self] group in
            for _ in 0..<max(options.workers, 1) {
                group.addTask {
                    try await connections.run(settings, label, lane: .copying) { [self] mount in
                        try session(on: mount, hasCharacterMaps).work()
                    }
                }
            }
            // The first worker that leaves says how it ended, and then none is at work: those that still wait for a
            // thread are called off.
            defer { group.cancelAll() }
            try await group.next()
        }
    }

    /// The session that works on `mount`: the one that the first worker began. A new mount, after the old one was lost,
    /// begins a new one.
    private func session(on mount: CephFSMount, _ hasCharacterMaps: Bool) throws -> CopySession {
        try state.withLock { state in
            if state.isStopped { throw CancellationError() }
            if let session = state.session, session.mount === mount { return session }
            let session = CopySession(mount, paths, totals, options, progress, hasCharacterMaps)
            state.session = session
            return session
        }
    }
}
