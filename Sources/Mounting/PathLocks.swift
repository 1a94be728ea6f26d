import Bytes
import Synchronization

/// One holder at a time for each path; others wait in order, and stop waiting when their task is cancelled.
final class PathLocks: Sendable {
    private struct Waiter: Sendable {
        let identity: Int
        let continuation: CheckedContinuation<Void, any Error>
    }

    private struct State {
        /// The paths held, with those who wait for each.
        var waiters: [ByteText: [Waiter]] = [:]
        var lastIdentity = 0
    }

    private let state = Mutex(State())

    /// Waits until nobody holds `path`.
    ///
    /// - Throws: `CancellationError` when the task is cancelled first.
    func hold(_ path: ByteText) async throws -> PathHold {
        let identity = state.withLock { state in
            state.lastIdentity += 1
            return state.lastIdentity
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let isGranted: Bool? = state.withLock { state in
                    // A cancellation before this point has found nobody to send away; a later one finds the waiter.
                    if Task.isCancelled { return false }
                    if state.waiters[path] == nil {
                        state.waiters[path] = []
                        return true
                    }
                    state.waiters[path]?.append(Waiter(identity: identity, continuation: continuation))
                    return nil
                }
                switch isGranted {
                case true: continuation.resume()
                case false: continuation.resume(throwing: CancellationError())
                case nil: break
                }
            }
        } onCancel: {
            let waiter: Waiter? = state.withLock { state in
                guard let index = state.waiters[path]?.firstIndex(where: { $0.identity == identity }) else {
                    return nil
                }
                return state.waiters[path]?.remove(at: index)
            }
            waiter?.continuation.resume(throwing: CancellationError())
        }
        return PathHold(path: path, locks: self)
    }

    /// Whether anybody holds a path; for tests.
    var isIdle: Bool { state.withLock { $0.waiters.isEmpty } }

    fileprivate func release(_ path: ByteText) {
        let next: Waiter? = state.withLock { state in
            guard let queue = state.waiters[path] else { return nil }
            guard let first = queue.first else {
                state.waiters[path] = nil
                return nil
            }
            state.waiters[path] = Array(queue.dropFirst())
            return first
        }
        next?.continuation.resume()
    }
}

/// A path held. It is released by ``release()`` or, when the work that holds it is dropped, by deinit: a cancelled
/// call returns at once, but its path stays held until the system calls that go on have ended.
final class PathHold: Sendable {
    private let path: ByteText
    private let locks: PathLocks
    private let isReleased = Atomic(false)

    fileprivate init(path: ByteText, locks: PathLocks) {
        self.path = path
        self.locks = locks
    }

    /// Lets the next one in; once is enough.
    func release() {
        if !isReleased.exchange(true, ordering: .acquiringAndReleasing) { locks.release(path) }
    }

    deinit {
        release()
    }
}
