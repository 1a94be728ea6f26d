import Synchronization

/// Where a caller waits for its job. Whoever settles it first, the job's end or a cancellation, is what the caller
/// gets; everything later is dropped.
///
/// States: fresh → waiting → settled, or fresh → settled(early) when the cancellation is faster than the wait.
final class Ticket<Value: Sendable>: Sendable {
    private enum State: Sendable {
        case fresh
        case waiting(CheckedContinuation<Value, any Error>)
        case settledEarly(Result<Value, any Error>)
        case settled
    }

    private let state = Mutex(State.fresh)

    /// Begins to wait; false when the ticket was settled before, and the continuation has been resumed.
    func wait(_ continuation: CheckedContinuation<Value, any Error>) -> Bool {
        let early: Result<Value, any Error>? = state.withLock { state in
            if case .settledEarly(let result) = state {
                state = .settled
                return result
            }
            state = .waiting(continuation)
            return nil
        }
        guard let early else { return true }
        continuation.resume(with: early)
        return false
    }

    /// Ends the wait with `result`; false when it had ended before.
    @discardableResult
    func settle(_ result: Result<Value, any Error>) -> Bool {
        let (isFirst, continuation): (Bool, CheckedContinuation<Value, any Error>?) = state.withLock { state in
            switch state {
            case .fresh:
                state = .settledEarly(result)
                return (true, nil)
            case .waiting(let continuation):
                state = .settled
                return (true, continuation)
            case .settledEarly, .settled:
                return (false, nil)
            }
        }
        continuation?.resume(with: result)
        return isFirst
    }

    /// Whether somebody waits for the job.
    var isWaiting: Bool {
        state.withLock { state in
            if case .waiting = state { true } else { false }
        }
    }
}
