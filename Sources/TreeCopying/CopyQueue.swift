import Ceph
import System

/// A piece of work for one worker of a copy.
enum CopyTask: Sendable {
    /// Read the next entries of a directory.
    case list(CopyDirectory)
    /// Copy one entry of a directory.
    case copy(CephDirectoryStream.Entry, CopyDirectory)
    /// Take a share of a large file that another worker is copying.
    case help(FileCopy)
}

/// What is left to do, shared by the workers of one copy: last in, first out.
///
/// The order is what bounds the memory. A directory is listed some entries at a time and those are copied, with all that
/// is below them, before the next are listed; so what waits here grows with the depth of the tree, never with its size.
///
/// States: fresh → working (one worker prepares, then all work) → finishing (nothing left, one worker does what comes
/// last) → over; from any to failed. Unchecked because `state` is touched only with the monitor locked.
final class CopyQueue: @unchecked Sendable {
    private struct State {
        var stack: [CopyTask] = []
        var isStarted = false
        var active = 0
        var isFinishing = false
        var isOver = false
        var failure: (any Error)?
    }

    /// What a worker is to do next.
    enum Next: Sendable {
        case task(CopyTask)
        /// Nothing was begun yet; this worker, and no other, prepares.
        case start
        /// Everything is copied; this worker, and no other, does what comes last.
        case finish
        /// There is nothing more to do for anybody.
        case over
    }

    private let monitor = ConditionLock()
    private var state = State()

    /// Adds work; what comes last is taken first.
    func push(_ tasks: [CopyTask]) {
        monitor.lock()
        defer { monitor.unlock() }
        state.stack += tasks
        monitor.wakeAll()
    }

    /// The next piece of work, waiting for one if need be. Every one that is returned, `over` apart, must be answered
    /// with ``done()`` or ``fail(_:)``.
    ///
    /// - Throws: what the copy failed with, once no worker is at work any more.
    func next() throws -> Next {
        monitor.lock()
        defer { monitor.unlock() }
        while true {
            if let failure = state.failure {
                if state.active == 0 { throw failure }
            } else if state.isOver {
                return .over
            } else if let task = state.stack.popLast() {
                state.active += 1
                return .task(task)
            } else if !state.isStarted {
                (state.isStarted, state.active) = (true, 1)
                return .start
            } else if state.active == 0 {
                state.active = 1
                state.isFinishing = true
                return .finish
            }
            monitor.wait(atMost: .seconds(60))
        }
    }

    /// A piece of work was done.
    func done() {
        monitor.lock()
        defer { monitor.unlock() }
        state.active -= 1
        if state.isFinishing { state.isOver = true }
        monitor.wakeAll()
    }

    /// A piece of work failed, and the copy with it. The first failure counts.
    func fail(_ error: any Error) {
        monitor.lock()
        defer { monitor.unlock() }
        state.active -= 1
        giveUp(error)
    }

    /// Lets the copy end: no new work is handed out.
    func stop() {
        monitor.lock()
        defer { monitor.unlock() }
        giveUp(CancellationError())
    }

    private func giveUp(_ error: any Error) {
        if state.failure == nil, !state.isOver { state.failure = error }
        state.stack.removeAll()
        monitor.wakeAll()
    }

    /// Whether whoever is at work should leave it: between two calls to Ceph, workers look.
    var isStopped: Bool {
        monitor.lock()
        defer { monitor.unlock() }
        return state.failure != nil
    }

    /// - Throws: `CancellationError` when the copy has failed or was stopped.
    func checkStop() throws {
        if isStopped { throw CancellationError() }
    }
}
