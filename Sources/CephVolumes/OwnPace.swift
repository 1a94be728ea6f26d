import Synchronization

/// Work that goes on to its end when nobody waits for it any more.
enum OwnPace {
    /// Runs `body` in a task of its own and returns its result; when the caller is cancelled, this throws at once, and
    /// `body`, which is never cancelled, goes on.
    ///
    /// - Parameter onCancel: called when the caller is cancelled while `body` runs.
    /// - Throws: `CancellationError`, and what `body` throws.
    static func run<Value: Sendable>(
        _ body: @escaping @Sendable () async throws -> Value,
        onCancel: @escaping @Sendable () -> Void
    ) async throws -> Value {
        let waiter = Waiter<Value>()
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                waiter.begin(continuation)
                Task.detached {
                    do {
                        waiter.end(.success(try await body()))
                    } catch {
                        waiter.end(.failure(error))
                    }
                }
            }
        } onCancel: {
            onCancel()
            waiter.end(.failure(CancellationError()))
        }
    }

    /// Resumes its continuation once, with whatever comes first, in whichever order beginning and end come.
    private final class Waiter<Value: Sendable>: Sendable {
        private enum State {
            case idle
            case waiting(CheckedContinuation<Value, any Error>)
            case ended(Result<Value, any Error>)
        }

        private let state = Mutex(State.idle)

        func begin(_ continuation: CheckedContinuation<Value, any Error>) {
            let early = state.withLock { state -> Result<Value, any Error>? in
                if case .ended(let result) = state { return result }
                state = .waiting(continuation)
                return nil
            }
            if let early { continuation.resume(with: early) }
        }

        func end(_ result: Result<Value, any Error>) {
            let waiting = state.withLock { state -> CheckedContinuation<Value, any Error>? in
                defer { if case .ended = state {} else { state = .ended(result) } }
                if case .waiting(let continuation) = state { return continuation }
                return nil
            }
            waiting?.resume(with: result)
        }
    }
}
