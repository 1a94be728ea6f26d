import Ceph
import Synchronization

/// Has what requests changed written down soon after their answers, instead of within the 5 s that the MDS may take.
final class JournalFlusher: Sendable {
    private let background: BackgroundWork
    /// Connections with a flush in progress; true if there were changes after it started.
    private let flushing = Mutex<[CephSettings: Bool]>([:])

    init(background: BackgroundWork) { self.background = background }

    /// Notes a change. Many changes share one flush.
    func flush(_ settings: CephSettings) {
        let isFirst = flushing.withLock { flushing in
            let isFirst = flushing[settings] == nil
            flushing[settings] = !isFirst
            return isFirst
        }
        guard isFirst else { return }
        Task.detached { [self] in
            repeat {
                flushing.withLock { $0[settings] = false }
                await background.attempt("flushing the journal", settings) { try $0.flushJournal() }
            } while isDueAgain(settings)
        }
    }

    private func isDueAgain(_ settings: CephSettings) -> Bool {
        flushing.withLock { flushing in
            let isDue = flushing[settings] ?? false
            if !isDue { flushing[settings] = nil }
            return isDue
        }
    }
}
