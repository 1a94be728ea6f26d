import Bytes
import Synchronization
import System
import Volumes

/// One operation at a time for each volume, and what each is doing, for those who wait.
final class VolumeLocks: Sendable {
    private let lock: KeyedLock<ByteText>

    /// - Parameter grace: how long a waiter waits for an operation that nobody waits for any more.
    init(grace: Duration = .seconds(2)) {
        lock = KeyedLock(grace: grace)
    }

    /// Takes the lock of `key`, waiting for it in turn. It is held until the lease is let go of by everybody.
    ///
    /// - Parameter label: the operation, for those who wait (`creating`).
    /// - Throws: ``VolumeError/unavailable(_:)`` when the operation before is abandoned and hangs, `CancellationError`.
    func acquire(_ key: String, for label: String) async throws -> VolumeLease {
        VolumeLease(try await lock.acquire(ByteText(key)), label)
    }
}

/// The right to work on a volume. Given back when the last reference goes, so at the end of the work and not of the
/// request that began it.
final class VolumeLease: Sendable {
    /// What the holder is doing.
    let progress = Progress()
    private let hold: KeyedLock<ByteText>.Hold
    private let label: String
    private let afterwards = Mutex<(@Sendable () -> Void)?>(nil)

    fileprivate init(_ hold: KeyedLock<ByteText>.Hold, _ label: String) {
        self.hold = hold
        self.label = label
    }

    deinit {
        hold.release()
        afterwards.withLock { $0 }?()
    }

    /// The request is over, the work is not.
    ///
    /// - Parameter afterwards: called when the work is over too.
    func abandon(_ afterwards: (@Sendable () -> Void)? = nil) {
        if let afterwards { self.afterwards.withLock { $0 = afterwards } }
        hold.abandon { [progress, label] in
            let (step, elapsed) = progress.current
            return VolumeError.unavailable(
                "an earlier request is still \(label) this volume: it has been \(step.rawValue) for "
                    + "\(elapsed.components.seconds) s, and Ceph has not answered"
            )
        }
    }
}
