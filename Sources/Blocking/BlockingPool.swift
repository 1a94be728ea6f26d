/// A bounded number of threads for calls that block in C and can't be interrupted.
///
/// Swift's cooperative threads must never wait for a file system that may hang. A call handed to ``run(_:_:)`` waits
/// on a thread of the pool instead; when its task is cancelled (an RPC's deadline, a client that went away) `run`
/// returns at once, and the thread goes on with the call until it ends. So a hung file system costs threads of this
/// pool, at most as many as its bound, and nothing else.
///
/// Threads are made when there is work for them and end after `idleTimeout` without any. Jobs start in the order in
/// which they came.
public final class BlockingPool: Sendable {
    private let crew: Crew

    /// A pool that has no thread yet.
    ///
    /// - Parameters:
    ///   - name: what threads are called in `ps -L` (its first 15 bytes), and in messages.
    ///   - threads: the most threads alive at any time; at least 1.
    ///   - idleTimeout: how long a thread waits for work before it ends.
    public init(name: String, threads: Int, idleTimeout: Duration) {
        precondition(threads > 0, "a pool without threads would never run anything")
        crew = Crew(name: name, limit: threads, idleTimeout: idleTimeout)
    }

    deinit {
        crew.dismiss()
    }

    /// Runs `body` on a thread of the pool and returns what it returns.
    ///
    /// When the calling task is cancelled before the job starts, the job is dropped. Once it has started it runs to
    /// its end, and what it returns then is released unseen: a result that owns something (a descriptor, a handle)
    /// must be a type whose deinit releases it.
    ///
    /// - Parameters:
    ///   - label: what is being done, for ``status``; never a secret.
    ///   - body: the blocking work.
    /// - Throws: `CancellationError` as soon as the task is cancelled, ``BlockingPoolError`` when the system gives no
    ///   thread, else what `body` throws.
    public func run<Value: Sendable>(
        _ label: String,
        _ body: @escaping @Sendable () throws -> Value
    ) async throws -> Value {
        let ticket = Ticket<Value>()
        let job = Job(label: label) { ticket.settle(Result(catching: body)) }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                guard ticket.wait(continuation) else { return }
                do {
                    try crew.enqueue(job)
                    // A cancellation that came between `wait` and `enqueue` found nothing to withdraw.
                    if !ticket.isWaiting { crew.withdraw(job) }
                } catch {
                    ticket.settle(.failure(error))
                }
            }
        } onCancel: {
            if ticket.settle(.failure(CancellationError())) { crew.withdraw(job) }
        }
    }

    /// What the pool is doing at this moment. Never blocks for longer than it takes to read it.
    public var status: Status { crew.status }
}

extension BlockingPool {
    /// A snapshot of the pool.
    public struct Status: Sendable {
        /// The most threads that the pool may have.
        public var limit: Int
        /// Threads alive.
        public var threads: Int
        /// Threads inside a job.
        public var busy: Int
        /// Jobs that wait for a thread.
        public var queued: Int
        /// The job that has run longest, and for how long; nil when none runs.
        public var longest: (label: String, elapsed: Duration)?
        /// How long the job that started last has run; nil when none runs.
        public var shortest: Duration?

        /// Whether every thread that the pool may have has been inside one job for at least `patience`, so that
        /// nothing new can start.
        public func isStuck(for patience: Duration) -> Bool {
            guard busy >= limit, let shortest else { return false }
            return shortest >= patience
        }
    }
}

/// The system gave the pool no thread at all.
public struct BlockingPoolError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The pool's name.
    public let pool: String
    /// What pthread_create(3) returned.
    public let errno: Int32

    /// A sentence for the log.
    public var description: String { "no thread could be made for \(pool): pthread_create failed with errno \(errno)" }
}
