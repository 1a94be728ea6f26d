import Synchronization
import Volumes

/// One operation at a time for each volume.
///
/// Waiters queue in order, each until its task is cancelled. A lease may outlive the request that took it, when the
/// request's deadline passes while Ceph does not answer: it is then abandoned, and whoever waits for it, or comes
/// later, waits for a moment of grace and is then told what the volume is stuck at.
final class VolumeLocks: Sendable {
    private struct Waiter {
        let number: UInt64
        let lease: VolumeLease
        let continuation: CheckedContinuation<VolumeLease, any Error>
    }

    private struct Holder {
        let number: UInt64
        let label: String
        let progress: Progress
        var isAbandoned = false
        var waiters: [Waiter] = []
    }

    private let grace: Duration
    private let counter = Atomic<UInt64>(0)
    private let holders = Mutex<[String: Holder]>([:])

    /// - Parameter grace: how long a waiter waits for an abandoned operation.
    init(grace: Duration = .seconds(2)) {
        self.grace = grace
    }

    /// Takes the lock of `key`, waiting for it in turn. It is held until the lease is let go of by everybody.
    ///
    /// - Parameter label: the operation, for those who wait (`creating`).
    /// - Throws: ``VolumeError/unavailable(_:)`` when the operation before is abandoned and hangs, `CancellationError`.
    func acquire(_ key: String, for label: String) async throws -> VolumeLease {
        let number = counter.add(1, ordering: .relaxed).newValue
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let lease = VolumeLease(self, key, number, label)
                let waiter = Waiter(number: number, lease: lease, continuation: continuation)
                // A cancellation before this point found nobody to wake.
                let outcome = Task.isCancelled ? .failure(CancellationError()) : enter(waiter)
                if let outcome { continuation.resume(with: outcome) }
                // The other order: cancelled after the check and before the waiter was in the queue.
                if Task.isCancelled { cancel(key, number) }
            }
        } onCancel: {
            cancel(key, number)
        }
    }

    /// Makes the waiter the holder, queues it (nil), or refuses it.
    private func enter(_ waiter: Waiter) -> Result<VolumeLease, any Error>? {
        let key = waiter.lease.key
        return holders.withLock { holders in
            guard let holder = holders[key] else {
                holders[key] = Self.holder(for: waiter.lease)
                return .success(waiter.lease)
            }
            holders[key]?.waiters.append(waiter)
            if holder.isAbandoned { refuseLater(key, waiter.number) }
            return nil
        }
    }

    private func cancel(_ key: String, _ number: UInt64) {
        let waiter = holders.withLock { holders -> Waiter? in
            guard let index = holders[key]?.waiters.firstIndex(where: { $0.number == number }) else { return nil }
            return holders[key]?.waiters.remove(at: index)
        }
        waiter?.continuation.resume(throwing: CancellationError())
    }

    /// Hands the lock to the next in line.
    fileprivate func release(_ key: String, _ number: UInt64) {
        let next = holders.withLock { holders -> Waiter? in
            // A lease that never became the holder has nothing to give back.
            guard let holder = holders[key], holder.number == number else { return nil }
            guard let next = holder.waiters.first else {
                holders[key] = nil
                return nil
            }
            var heir = Self.holder(for: next.lease)
            heir.waiters = Array(holder.waiters.dropFirst())
            holders[key] = heir
            return next
        }
        next.map { $0.continuation.resume(returning: $0.lease) }
    }

    fileprivate func abandon(_ key: String, _ number: UInt64) {
        let waiters = holders.withLock { holders in
            guard let holder = holders[key], holder.number == number else { return [Waiter]() }
            holders[key]?.isAbandoned = true
            return holder.waiters
        }
        for waiter in waiters { refuseLater(key, waiter.number) }
    }

    /// Refuses a waiter after the grace, unless it has been served or what it waits for is not abandoned any more.
    private func refuseLater(_ key: String, _ number: UInt64) {
        let grace = grace
        Task.detached { [weak self] in
            try? await Task.sleep(for: grace)
            self?.refuse(key, number)
        }
    }

    private func refuse(_ key: String, _ number: UInt64) {
        let refused = holders.withLock { holders -> (Waiter, VolumeError)? in
            guard let holder = holders[key], holder.isAbandoned,
                let index = holder.waiters.firstIndex(where: { $0.number == number }),
                let waiter = holders[key]?.waiters.remove(at: index)
            else { return nil }
            return (waiter, Self.stuck(holder))
        }
        if let (waiter, error) = refused { waiter.continuation.resume(throwing: error) }
    }

    private static func holder(for lease: VolumeLease) -> Holder {
        Holder(number: lease.number, label: lease.label, progress: lease.progress)
    }

    private static func stuck(_ holder: Holder) -> VolumeError {
        let (step, elapsed) = holder.progress.current
        return .unavailable(
            "an earlier request is still \(holder.label) this volume: it has been \(step.rawValue) for "
                + "\(elapsed.components.seconds) s, and Ceph has not answered"
        )
    }
}

/// The right to work on a volume. Given back when the last reference goes, so at the end of the work and not of the
/// request that began it.
final class VolumeLease: Sendable {
    /// What the holder is doing.
    let progress = Progress()
    fileprivate let key: String
    fileprivate let number: UInt64
    fileprivate let label: String
    private let locks: VolumeLocks
    private let afterwards = Mutex<(@Sendable () -> Void)?>(nil)

    fileprivate init(_ locks: VolumeLocks, _ key: String, _ number: UInt64, _ label: String) {
        self.locks = locks
        self.key = key
        self.number = number
        self.label = label
    }

    deinit {
        locks.release(key, number)
        afterwards.withLock { $0 }?()
    }

    /// The request is over, the work goes on.
    ///
    /// - Parameter afterwards: called when the work is over too.
    func abandon(_ afterwards: (@Sendable () -> Void)? = nil) {
        if let afterwards { self.afterwards.withLock { $0 = afterwards } }
        locks.abandon(key, number)
    }
}
