import CLinux
import Glibc

/// Threads of our own, for loops that block in C: Swift's cooperative threads must not.
public enum WorkerThread {
    /// Runs `body` on a detached thread with every signal blocked, so that signals are handled by the threads that
    /// expect them (pthread_create(3)).
    ///
    /// - Parameter name: what the thread is called in `ps -L`; its first 15 bytes count.
    /// - Returns: 0, or the error number with which the system refuses a thread.
    public static func start(_ name: String, _ body: @escaping @Sendable () -> Void) -> Int32 {
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        defer { pthread_attr_destroy(&attributes) }
        pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
        var all = sigset_t()
        var before = sigset_t()
        sigfillset(&all)
        pthread_sigmask(SIG_SETMASK, &all, &before)
        defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
        var thread = pthread_t()
        let start = Unmanaged.passRetained(Start(name, body))
        let error = pthread_create(
            &thread,
            &attributes,
            { argument in
                guard let argument else { return nil }
                // Retained above, released here.
                Unmanaged<Start>.fromOpaque(argument).takeRetainedValue().run()
                return nil
            },
            start.toOpaque()
        )
        if error != 0 { start.release() }
        return error
    }

    /// As ``start(_:_:)``, for threads without which the process is of no use: it ends when there is none.
    public static func require(_ name: String, _ body: @escaping @Sendable () -> Void) {
        let error = start(name, body)
        precondition(error == 0, "pthread_create failed: \(String(cString: linux_error_text(error)))")
    }

    private final class Start: Sendable {
        private let name: String
        private let body: @Sendable () -> Void

        init(_ name: String, _ body: @escaping @Sendable () -> Void) {
            self.name = name
            self.body = body
        }

        func run() {
            linux_set_thread_name(name)
            body()
        }
    }
}
