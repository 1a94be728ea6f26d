import Synchronization
import System

/// Gives back what lists needed, while they run and until libcephfs has freed the last of it.
///
/// libcephfs frees inodes all over the heap, between others that stay, and the C library keeps those pages: a list of 20,000
/// volumes left the process 60 MB larger.
final class HeapUpkeep: Sendable {
    private struct State {
        var lastUse = ContinuousClock.now
        var isRunning = false
    }

    private let interval: Duration
    private let afterUse: Duration
    private let trim: @Sendable () -> Void
    private let state = Mutex(State())

    /// - Parameters:
    ///   - interval: between two trims.
    ///   - afterUse: how long after the last use to go on: libcephfs looks at its caches once a second, and frees what it
    ///     let go of a second later.
    init(
        every interval: Duration = .milliseconds(500),
        until afterUse: Duration = .seconds(3),
        trim: @escaping @Sendable () -> Void = { Heap.trim() }
    ) {
        self.interval = interval
        self.afterUse = afterUse
        self.trim = trim
    }

    /// Notes that memory is being used that will soon be free.
    func used() {
        let isFirst = state.withLock { state in
            state.lastUse = .now
            defer { state.isRunning = true }
            return !state.isRunning
        }
        guard isFirst else { return }
        Task.detached { [self] in
            repeat {
                // Never cancelled.
                try? await Task.sleep(for: interval)
                trim()
            } while goesOn()
        }
    }

    private func goesOn() -> Bool {
        state.withLock { state in
            state.isRunning = state.lastUse.duration(to: .now) < afterUse
            return state.isRunning
        }
    }
}
