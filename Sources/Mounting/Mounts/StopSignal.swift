import Synchronization

/// Tells work on a thread that nobody waits for it any more.
final class StopSignal: Sendable {
    private let raised = Atomic(false)

    /// Asks the work to stop at its next check.
    func raise() { raised.store(true, ordering: .relaxed) }

    /// - Throws: `CancellationError` once the signal is raised.
    func check() throws {
        if raised.load(ordering: .relaxed) { throw CancellationError() }
    }
}
