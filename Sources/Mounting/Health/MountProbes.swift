import Bytes
import Synchronization
import System
import Volumes

/// MountProbes at mounts that may hang, on threads apart from those that mount: a hung file system can still be unmounted.
///
/// One look for each path at a time, so a mount that hangs holds one thread however often it is asked for; who asks
/// meanwhile waits for the same look.
final class MountProbes: Sendable {
    /// What came of waiting for a look.
    enum Result: Sendable {
        /// It ended.
        case seen(VolumeStatistics)
        /// It goes on.
        case hangs
        /// It has not begun: all threads are in looks that hang.
        case queued
    }

    /// A look under way, and those who wait for it.
    private final class Look: Sendable {
        typealias Outcome = Swift.Result<VolumeStatistics, any Error>

        private struct State {
            var hasBegun = false
            var outcome: Outcome?
            var waiters: [Int: CheckedContinuation<Void, Never>] = [:]
            /// Waits that were over before they began.
            var isOver: Set<Int> = []
            var lastWaiter = 0
        }

        private let state = Mutex(State())

        var outcome: Outcome? { state.withLock { $0.outcome } }
        var hasBegun: Bool { state.withLock { $0.hasBegun } }

        func begin() { state.withLock { $0.hasBegun = true } }

        func end(_ outcome: Outcome) {
            let waiters = state.withLock { state in
                state.outcome = outcome
                defer { state.waiters = [:] }
                return state.waiters
            }
            for waiter in waiters.values { waiter.resume() }
        }

        /// Returns when the look has ended, the time is over, or the task is cancelled.
        func wait(atMost patience: Duration) async {
            let number = state.withLock { state in
                state.lastWaiter += 1
                return state.lastWaiter
            }
            let timer = Task {
                // A cancellation ends the sleep, too.
                try? await Task.sleep(for: patience)
                wake(number)
            }
            await withTaskCancellationHandler {
                await withCheckedContinuation { continuation in
                    let isOver = state.withLock { state in
                        if state.outcome != nil || state.isOver.remove(number) != nil { return true }
                        state.waiters[number] = continuation
                        return false
                    }
                    if isOver { continuation.resume() }
                }
            } onCancel: {
                timer.cancel()
            }
            timer.cancel()
        }

        /// Ends the wait of that number, whether it has begun yet or not.
        private func wake(_ number: Int) {
            let waiter: CheckedContinuation<Void, Never>? = state.withLock { state in
                if let waiter = state.waiters.removeValue(forKey: number) { return waiter }
                state.isOver.insert(number)
                return nil
            }
            waiter?.resume()
        }
    }

    private let pools: PoolFamily
    private let underWay = Mutex<[ByteText: Look]>([:])

    /// - Parameter threads: the most looks at mounts of one cluster at the same time.
    init(threads: Int) {
        pools = PoolFamily(name: "look", threads: threads, idleTimeout: .seconds(10))
    }

    /// Waits at most `patience` for a look at `path`, beginning one if there is none.
    ///
    /// - Throws: what `body` throws, or `CancellationError`.
    func look(
        at path: ByteText,
        of cluster: String = "",
        _ label: String,
        patience: Duration,
        _ body: @escaping @Sendable () throws -> VolumeStatistics
    ) async throws -> Result {
        let (look, isNew) = underWay.withLock { looks in
            if let look = looks[path] { return (look, false) }
            let look = Look()
            looks[path] = look
            return (look, true)
        }
        if isNew { begin(look, at: path, on: pools[cluster], label, body) }
        await look.wait(atMost: patience)
        if let outcome = look.outcome { return .seen(try outcome.get()) }
        try Task.checkCancellation()
        return look.hasBegun ? .hangs : .queued
    }

    private func begin(
        _ look: Look,
        at path: ByteText,
        on pool: BlockingPool,
        _ label: String,
        _ body: @escaping @Sendable () throws -> VolumeStatistics
    ) {
        // A task of its own: who asked first may go away while others wait.
        Task {
            let outcome: Look.Outcome
            do {
                outcome = .success(
                    try await pool.run(label) {
                        look.begin()
                        return try body()
                    }
                )
            } catch {
                outcome = .failure(error)
            }
            underWay.withLock { $0[path] = nil }
            look.end(outcome)
        }
    }
}
