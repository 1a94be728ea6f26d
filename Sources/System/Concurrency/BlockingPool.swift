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
    private let threads: WorkerThreads
    private let name: String
    private let backlog: Backlog?

    /// A pool that has no thread yet.
    ///
    /// - Parameters:
    ///   - name: what threads are called in `ps -L` (its first 15 bytes), and in messages.
    ///   - threads: the most threads alive at any time; at least 1.
    ///   - idleTimeout: how long a thread waits for work before it ends.
    ///   - backlog: how many jobs may wait while nothing moves; nil: any number.
    public init(name: String, threads: Int, idleTimeout: Duration, backlog: Backlog? = nil) {
        precondition(threads > 0, "a pool without threads would never run anything")
        self.name = name
        self.backlog = backlog
        self.threads = WorkerThreads(name: name, limit: threads, idleTimeout: idleTimeout)
    }

    deinit {
        threads.dismiss()
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
    ///   thread, ``BlockingPoolFull`` when nothing moves and as much as may waits already, else what `body` throws.
    public func run<Value: Sendable>(
        _ label: String,
        _ body: @escaping @Sendable () throws -> Value
    ) async throws -> Value {
        if let backlog, backlog.isExceeded(by: status) { throw BlockingPoolFull(pool: name, status) }
        let promise = Promise<Value, any Error>()
        let job = Job(label: label) { promise.resolve(Result(catching: body)) }
        return try await withTaskCancellationHandler {
            if !promise.isResolved {
                try threads.enqueue(job)
                // A cancellation that came between the two lines found nothing to withdraw.
                if promise.isResolved { threads.withdraw(job) }
            }
            return try await promise.value
        } onCancel: {
            if promise.resolve(.failure(CancellationError())) { threads.withdraw(job) }
        }
    }

    /// What the pool is doing at this moment. Never blocks for longer than it takes to read it.
    public var status: Status { threads.status }
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

        /// Whether there is nothing to do.
        public var isIdle: Bool { busy + queued == 0 }

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

extension BlockingPool {
    /// How many jobs may wait in a pool whose threads are all stuck. Who comes then is told at once, instead of waiting
    /// for nothing and keeping a place that somebody else could use.
    public struct Backlog: Sendable, Hashable {
        /// The most that wait while nothing moves.
        public var jobs: Int
        /// How long no job must have started for the pool to count as stuck.
        public var patience: Duration
        /// The most that wait at all.
        public var limit: Int

        /// Joins the parts.
        public init(jobs: Int, patience: Duration, limit: Int) {
            self.jobs = jobs
            self.patience = patience
            self.limit = limit
        }

        func isExceeded(by status: Status) -> Bool {
            status.queued >= limit || status.queued >= jobs && status.isStuck(for: patience)
        }
    }
}

/// Every thread of a pool is stuck, and as many jobs as may wait for one.
public struct BlockingPoolFull: Error, Sendable, CustomStringConvertible {
    /// The pool's name.
    public let pool: String
    /// The job that has run longest, and for how many seconds.
    public let longest: (label: String, seconds: Int64)

    init(pool: String, _ status: BlockingPool.Status) {
        self.pool = pool
        longest = (status.longest?.label ?? "", status.longest?.elapsed.components.seconds ?? 0)
    }

    /// A sentence for the log.
    public var description: String {
        "all threads (\(pool)) are stuck, the longest for \(longest.seconds) s in \(longest.label), and more calls wait than "
            + "can be kept: retry later"
    }
}
