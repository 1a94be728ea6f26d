import Synchronization

/// One holder at a time for each key; others wait in order, and stop waiting when their task is cancelled.
///
/// A hold may outlive the request that took it, when its work can't be interrupted: it is then abandoned, and whoever
/// waits for it, or comes later, waits for a moment of grace and then gets the error that the holder has left.
public final class KeyedLock<Key: Hashable & Sendable>: Sendable {
    private struct Waiter {
        let hold: Hold
        let continuation: CheckedContinuation<Hold, any Error>
    }

    private struct Entry {
        let number: UInt64
        var abandoned: (@Sendable () -> any Error)?
        var waiters: [Waiter] = []
    }

    private let grace: Duration
    private let counter = Atomic<UInt64>(0)
    private let entries = Mutex<[Key: Entry]>([:])

    /// - Parameter grace: how long a waiter waits for an abandoned hold.
    public init(grace: Duration = .seconds(2)) {
        self.grace = grace
    }

    /// Whether nobody holds a key.
    public var isIdle: Bool { entries.withLock { $0.isEmpty } }

    /// Waits until nobody holds `key`, and holds it until the hold is released or the last reference to it goes.
    ///
    /// - Throws: `CancellationError` when the task is cancelled first; the error of ``Hold/abandon(_:)`` when the holder
    ///   before has abandoned the key and does not end.
    public func acquire(_ key: Key) async throws -> Hold {
        let hold = Hold(self, key, counter.add(1, ordering: .relaxed).newValue)
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                // A cancellation before this point found nobody to wake.
                let outcome =
                    Task.isCancelled
                    ? .failure(CancellationError()) : enter(Waiter(hold: hold, continuation: continuation))
                if let outcome { continuation.resume(with: outcome) }
                // The other order: cancelled after the check and before the waiter was in the queue.
                if Task.isCancelled { cancel(hold) }
            }
        } onCancel: {
            cancel(hold)
        }
    }

    /// Makes the waiter the holder, or queues it (nil).
    private func enter(_ waiter: Waiter) -> Result<Hold, any Error>? {
        let hold = waiter.hold
        return entries.withLock { entries in
            guard let entry = entries[hold.key] else {
                entries[hold.key] = Entry(number: hold.number)
                return .success(hold)
            }
            entries[hold.key]?.waiters.append(waiter)
            if entry.abandoned != nil { refuseLater(hold) }
            return nil
        }
    }

    private func cancel(_ hold: Hold) {
        let waiter = entries.withLock { entries -> Waiter? in
            guard let index = entries[hold.key]?.waiters.firstIndex(where: { $0.hold === hold }) else { return nil }
            return entries[hold.key]?.waiters.remove(at: index)
        }
        waiter?.continuation.resume(throwing: CancellationError())
    }

    /// Hands the key to the next in line.
    private func release(_ key: Key, _ number: UInt64) {
        let next = entries.withLock { entries -> Waiter? in
            // A hold that never became the holder has nothing to give back.
            guard let entry = entries[key], entry.number == number else { return nil }
            guard let next = entry.waiters.first else {
                entries[key] = nil
                return nil
            }
            entries[key] = Entry(number: next.hold.number, waiters: Array(entry.waiters.dropFirst()))
            return next
        }
        next.map { $0.continuation.resume(returning: $0.hold) }
    }

    // MARK: Abandoned holds

    private func abandon(_ hold: Hold, _ error: @escaping @Sendable () -> any Error) {
        let waiters = entries.withLock { entries in
            guard let entry = entries[hold.key], entry.number == hold.number else { return [Waiter]() }
            entries[hold.key]?.abandoned = error
            return entry.waiters
        }
        for waiter in waiters { refuseLater(waiter.hold) }
    }

    /// Refuses a waiter after the grace, unless it has been served or what it waits for is not abandoned any more.
    private func refuseLater(_ hold: Hold) {
        let grace = grace
        Task.detached { [weak self, weak hold] in
            try? await Task.sleep(for: grace)
            if let hold { self?.refuse(hold) }
        }
    }

    private func refuse(_ hold: Hold) {
        let refused = entries.withLock { entries -> (Waiter, @Sendable () -> any Error)? in
            guard let entry = entries[hold.key], let error = entry.abandoned,
                let index = entry.waiters.firstIndex(where: { $0.hold === hold }),
                let waiter = entries[hold.key]?.waiters.remove(at: index)
            else { return nil }
            return (waiter, error)
        }
        if let (waiter, error) = refused { waiter.continuation.resume(throwing: error()) }
    }

    /// The right to work on a key. It is given back by ``release()``, or when the last reference goes: so at the end of the
    /// work and not of the request that began it.
    public final class Hold: Sendable {
        fileprivate let key: Key
        fileprivate let number: UInt64
        private let lock: KeyedLock

        fileprivate init(_ lock: KeyedLock, _ key: Key, _ number: UInt64) {
            self.lock = lock
            self.key = key
            self.number = number
        }

        deinit {
            release()
        }

        /// Lets the next one in; once is enough.
        public func release() {
            lock.release(key, number)
        }

        /// The request is over, its work is not: whoever waits longer than the grace gets what `error` returns by then.
        public func abandon(_ error: @escaping @Sendable () -> any Error) {
            lock.abandon(self, error)
        }
    }
}
