import CGRPC
import System

/// A completion queue and the one thread that drains it.
///
/// **Tags.** Each operation that is started on the queue carries a `Tag`, a closure on the heap. `pointer` retains it
/// and gives it to the core; the event brings the pointer back exactly once, and the thread releases it then. So a tag
/// lives exactly as long as its operation, and so does everything that its closure captures: memory that the core
/// writes to or reads from during an operation (`OutMemory`, `MessageBuffer`, call slots) is captured there and nowhere
/// else needs to be kept alive, whatever the tasks that wait for it do meanwhile.
///
/// **The thread** runs the tags' closures one after the other. They must not block, since this thread also does the
/// core's I/O.
final class CompletionQueue: @unchecked Sendable {
    // Unchecked: the pointer is only handed to functions of the core that are thread-safe.
    let raw: OpaquePointer
    private let onWake: @Sendable () -> ContinuousClock.Instant?

    /// A queue whose thread runs under `name`. Whenever `onWake`'s last instant has passed, and after each event, the
    /// thread calls `onWake` for the next instant at which it wants to be called.
    init(name: String, onWake: @escaping @Sendable () -> ContinuousClock.Instant? = { nil }) {
        raw = grpc_completion_queue_create_for_next(nil)
        self.onWake = onWake
        // The thread holds the queue until it has drained it, and destroys it.
        WorkerThread.require(name) { [self] in drain() }
    }

    /// Lets the thread end once all operations under way have. Nobody may start an operation afterwards.
    func shutDown() { grpc_completion_queue_shutdown(raw) }

    private func drain() {
        while true {
            let deadline = onWake().map(CoreTime.timespec(at:)) ?? gpr_inf_future(GPR_CLOCK_MONOTONIC)
            let event = grpc_completion_queue_next(raw, deadline, nil)
            switch event.type {
            case GRPC_OP_COMPLETE: Tag.take(event.tag).complete(event.success != 0)
            case GRPC_QUEUE_SHUTDOWN:
                grpc_completion_queue_destroy(raw)
                return
            default: continue
            }
        }
    }
}

/// What happens when an operation has ended: see `CompletionQueue` for who owns it when.
final class Tag: Sendable {
    let complete: @Sendable (_ succeeded: Bool) -> Void

    init(_ complete: @escaping @Sendable (_ succeeded: Bool) -> Void) { self.complete = complete }

    /// Retains the tag for the core. Balanced by `take`, on the event or when the operation could not be started.
    func pointer() -> UnsafeMutableRawPointer { Unmanaged.passRetained(self).toOpaque() }

    static func take(_ pointer: UnsafeMutableRawPointer?) -> Tag {
        guard let pointer else { preconditionFailure("the core returned an event without a tag") }
        return Unmanaged<Tag>.fromOpaque(pointer).takeRetainedValue()
    }
}

/// Memory that the core writes to while an operation is under way. The operation's tag holds it.
final class OutMemory<Value>: @unchecked Sendable {
    // Unchecked: the core writes before the event, we read after it.
    let pointer: UnsafeMutablePointer<Value>

    init(_ value: Value) {
        pointer = .allocate(capacity: 1)
        pointer.initialize(to: value)
    }

    var value: Value { pointer.pointee }

    deinit {
        pointer.deinitialize(count: 1)
        pointer.deallocate()
    }
}
