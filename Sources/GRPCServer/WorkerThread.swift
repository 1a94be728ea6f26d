import CGRPC
import Glibc
import Synchronization

/// A thread of our own, for loops that block in C: Swift's cooperative threads must not.
final class WorkerThread: Sendable {
    private let thread: Mutex<pthread_t?>

    /// Starts a thread that runs `body`; `name` (at most 15 bytes) shows in `top -H`.
    init(_ name: String, _ body: @escaping @Sendable () -> Void) {
        precondition(name.utf8.count <= 15, "pthread_setname_np(3) takes 15 bytes")
        let start = Unmanaged.passRetained(
            Start {
                cgrpc_name_thread(name)
                body()
            }
        )
        var thread = pthread_t()
        let code = pthread_create(
            &thread,
            nil,
            { argument in
                guard let argument else { return nil }
                // Retained above, released here.
                Unmanaged<Start>.fromOpaque(argument).takeRetainedValue().body()
                return nil
            },
            start.toOpaque()
        )
        precondition(code == 0, "pthread_create failed: \(String(cString: strerror(code)))")
        self.thread = Mutex(thread)
    }

    /// Waits for the end of the thread. Only the first call waits.
    func join() {
        let thread = self.thread.withLock { $0.take() }
        if let thread { pthread_join(thread, nil) }
    }

    deinit {
        let thread = self.thread.withLock { $0.take() }
        if let thread { pthread_detach(thread) }
    }

    private final class Start: Sendable {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }
}
