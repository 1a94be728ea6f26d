import Synchronization

/// A value that comes once, and those who wait for it. Later values are ignored.
final class OneShot<Value: Sendable>: Sendable {
    private enum State {
        case pending([CheckedContinuation<Value, Never>])
        case fired(Value)
    }
    private let state = Mutex(State.pending([]))

    /// Gives the value to everybody who waits and will wait; false if there was one before.
    @discardableResult
    func fire(_ value: Value) -> Bool {
        let waiting: [CheckedContinuation<Value, Never>]? = state.withLock { state in
            guard case .pending(let waiting) = state else { return nil }
            state = .fired(value)
            return waiting
        }
        waiting?.forEach { $0.resume(returning: value) }
        return waiting != nil
    }

    /// The value, if it has come.
    var current: Value? {
        state.withLock { if case .fired(let value) = $0 { value } else { nil } }
    }

    /// Waits for the value, whether or not the task is cancelled: whoever fires has promised to do so in the end.
    func wait() async -> Value {
        await withCheckedContinuation { continuation in
            let value: Value? = state.withLock { state in
                switch state {
                case .fired(let value): return value
                case .pending(let waiting):
                    state = .pending(waiting + [continuation])
                    return nil
                }
            }
            if let value { continuation.resume(returning: value) }
        }
    }
}
