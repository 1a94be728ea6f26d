import Synchronization

/// A result that comes once, and those who wait for it. Whoever resolves it first decides; later results are ignored.
public final class Promise<Value: Sendable, Failure: Error>: Sendable {
    private enum State: Sendable {
        case pending([CheckedContinuation<Value, Failure>])
        case resolved(Result<Value, Failure>)
    }

    private let state = Mutex(State.pending([]))

    /// A promise that nobody has resolved.
    public init() {}

    /// Gives `result` to everybody who waits and will wait; false if there was one before.
    @discardableResult
    public func resolve(_ result: Result<Value, Failure>) -> Bool {
        let waiting: [CheckedContinuation<Value, Failure>]? = state.withLock { state in
            guard case .pending(let waiting) = state else { return nil }
            state = .resolved(result)
            return waiting
        }
        waiting?.forEach { $0.resume(with: result) }
        return waiting != nil
    }

    /// Whether there is a result.
    public var isResolved: Bool {
        state.withLock { if case .resolved = $0 { true } else { false } }
    }

    private func wait(_ continuation: CheckedContinuation<Value, Failure>) {
        let early: Result<Value, Failure>? = state.withLock { state in
            switch state {
            case .resolved(let result): return result
            case .pending(let waiting):
                state = .pending(waiting + [continuation])
                return nil
            }
        }
        if let early { continuation.resume(with: early) }
    }
}

extension Promise where Failure == Never {
    /// ``resolve(_:)`` with `value`.
    @discardableResult
    public func fulfill(_ value: Value) -> Bool { resolve(.success(value)) }

    /// Waits for the value, whether or not the task is cancelled: whoever resolves has promised to do so in the end.
    public var value: Value {
        get async { await withCheckedContinuation { wait($0) } }
    }
}

extension Promise where Failure == any Error {
    /// Waits for the result, whether or not the task is cancelled: a cancellation handler may resolve the promise.
    public var value: Value {
        get async throws { try await withCheckedThrowingContinuation { wait($0) } }
    }
}
