import CLinux
import Glibc
import Synchronization
import System
import Volumes

/// Writes file systems back before their last mount goes.
///
/// syncfs(2) of a cluster that does not answer returns when it does, and nothing interrupts it. It runs on threads of its
/// own, one for each file system at most, while calls wait for it on theirs and may give up: a retry joins the run that
/// is under way.
final class WriteBacks: Sendable {
    /// How a run ended.
    enum Outcome: Sendable, Hashable {
        /// All that was written is on the cluster.
        case written
        /// The file system's server is gone for good: nothing can be written any more.
        case dead
        /// syncfs(2) failed: something that was written is lost.
        case failed(Int32)
    }

    /// A file system that is being written back.
    final class Run: Sendable {
        private struct State {
            var start: ContinuousClock.Instant?
            var outcome: Outcome?
        }

        private let state = Mutex(State())

        /// How it ended; nil while it runs.
        var outcome: Outcome? { state.withLock { $0.outcome } }

        /// How long it has run; zero while it waits for a thread.
        var elapsed: Duration { state.withLock { $0.start.map { $0.duration(to: .now) } ?? .zero } }

        fileprivate func start() { state.withLock { $0.start = .now } }
        fileprivate func end(_ outcome: Outcome) { state.withLock { $0.outcome = outcome } }
    }

    private let pools: PoolFamily
    private let log: MountingLog
    private let runs = Mutex<[String: Run]>([:])

    /// - Parameter threads: the most file systems of one cluster at the same time.
    init(threads: Int, log: @escaping MountingLog = { _, _ in }) {
        self.log = log
        pools = PoolFamily(name: "write-back", threads: threads, idleTimeout: .seconds(1))
    }

    /// The run for the file system of `entry` that is under way, or a new one: one that has ended says nothing about what
    /// was written since.
    ///
    /// - Parameters:
    ///   - root: its root; let go of as soon as the run ends, so that it keeps nothing in use.
    ///   - work: writes it back; blocks.
    func run(
        _ entry: MountEntry,
        root: FileDescriptor,
        work: @escaping @Sendable (FileDescriptor) -> Outcome = WriteBacks.writeBack
    ) -> Run {
        let (run, isNew) = runs.withLock { runs in
            if let run = runs[entry.device], run.outcome == nil { return (run, false) }
            let run = Run()
            runs[entry.device] = run
            return (run, true)
        }
        if isNew { begin(run, entry, root, work) }
        return run
    }

    private func begin(
        _ run: Run,
        _ entry: MountEntry,
        _ root: FileDescriptor,
        _ work: @escaping @Sendable (FileDescriptor) -> Outcome
    ) {
        let reference = Reference(root)
        Task { [pool = pools[entry.cluster], log] in
            let outcome = try? await pool.run("write-back at \(entry.mountPoint)") {
                run.start()
                defer { reference.drop() }
                return reference.use(work) ?? .failed(EBADF)
            }
            // Here and not where it is waited for: nobody may wait any more.
            if case .failed(let error) = outcome {
                let failure = SystemCallError("syncfs", errno: error, on: entry.mountPoint)
                log(.warning, "\(failure): something that was written there is lost")
            }
            run.end(outcome ?? .failed(EAGAIN))
        }
    }

    /// Forgets the run of `entry`: it has ended, or nobody waits for it any more. The device's number may be another file
    /// system's soon.
    func forget(_ entry: MountEntry) {
        runs.withLock { $0[entry.device] = nil }
    }

    /// Asks whether the file system still lives, and writes it back if so.
    @Sendable static func writeBack(_ root: FileDescriptor) -> Outcome {
        guard (try? isAlive(root, type: "ceph")) != false else { return .dead }
        do {
            let directory = try FileDescriptor(linux_reopen_directory(root.number), call: "open", on: "the mount")
            return linux_sync_filesystem(directory.number) == 0 ? .written : .failed(errno)
        } catch {
            return error.meansDead(type: "ceph") ? .dead : .failed(error.errno)
        }
    }

    /// The only owner of a descriptor, who can let go of it before the closure that holds it is gone.
    private final class Reference: Sendable {
        private let descriptor: Mutex<FileDescriptor?>

        init(_ descriptor: FileDescriptor) { self.descriptor = Mutex(descriptor) }

        func use(_ body: (FileDescriptor) -> Outcome) -> Outcome? {
            let descriptor = descriptor.withLock { $0 }
            return descriptor.map(body)
        }

        func drop() { descriptor.withLock { $0 = nil } }
    }
}
