/// One piece of blocking work.
final class Job: Sendable {
    let label: String
    let work: @Sendable () -> Void

    init(label: String, work: @escaping @Sendable () -> Void) {
        self.label = label
        self.work = work
    }
}

/// The threads of a pool, its queue, and who does what. It outlives the pool while threads are still in jobs.
///
/// Unchecked because `state` is touched only between `lock.lock()` and `lock.unlock()`.
final class WorkerThreads: @unchecked Sendable {
    private struct State {
        var queue: [Job] = []
        var threads = 0
        var idle = 0
        var running: [ObjectIdentifier: (job: Job, since: ContinuousClock.Instant)] = [:]
        var isDismissed = false
    }

    private let name: String
    private let limit: Int
    private let idleTimeout: Duration
    private let lock = ConditionLock()
    private var state = State()

    init(name: String, limit: Int, idleTimeout: Duration) {
        self.name = name
        self.limit = limit
        self.idleTimeout = idleTimeout
    }

    /// Puts `job` at the queue's end and sees to it that a thread will take it.
    ///
    /// - Throws: ``BlockingPoolError`` when there is no thread and none can be made.
    func enqueue(_ job: Job) throws {
        lock.lock()
        defer { lock.unlock() }
        state.queue.append(job)
        if state.idle >= state.queue.count {
            lock.wakeOne()
            return
        }
        guard state.threads < limit else { return }
        let error = startThread()
        if error == 0 {
            state.threads += 1
        } else if state.threads == 0 {
            state.queue.removeAll { $0 === job }
            throw BlockingPoolError(pool: name, errno: error)
        }
    }

    /// Takes `job` off the queue, if it has not started.
    func withdraw(_ job: Job) {
        lock.lock()
        defer { lock.unlock() }
        state.queue.removeAll { $0 === job }
    }

    /// Lets threads end when the queue is empty instead of waiting for more.
    func dismiss() {
        lock.lock()
        defer { lock.unlock() }
        state.isDismissed = true
        lock.wakeAll()
    }

    var status: BlockingPool.Status {
        let now = ContinuousClock.now
        lock.lock()
        defer { lock.unlock() }
        let oldest = state.running.values.min { $0.since < $1.since }
        let newest = state.running.values.map(\.since).max()
        return BlockingPool.Status(
            limit: limit,
            threads: state.threads,
            busy: state.running.count,
            queued: state.queue.count,
            longest: oldest.map { ($0.job.label, $0.since.duration(to: now)) },
            shortest: newest.map { $0.duration(to: now) }
        )
    }

    /// Does one job, in order; false when the thread should end: it has waited in vain for `idleTimeout`.
    ///
    /// A job may hold the last reference to its pool's owner. It is let go of outside the lock, for the pool's deinit
    /// takes it.
    private func workOnce() -> Bool {
        lock.lock()
        guard let job = nextJob() else {
            state.threads -= 1
            lock.unlock()
            return false
        }
        state.running[ObjectIdentifier(job)] = (job, .now)
        lock.unlock()
        job.work()
        lock.lock()
        state.running[ObjectIdentifier(job)] = nil
        lock.unlock()
        withExtendedLifetime(job) {}
        return true
    }

    /// The next job, waiting for one if need be; nil when the thread should end. Called with the lock held.
    private func nextJob() -> Job? {
        let deadline = ContinuousClock.now + idleTimeout
        while state.queue.isEmpty {
            let patience = ContinuousClock.now.duration(to: deadline)
            guard !state.isDismissed, patience > .zero else { return nil }
            state.idle += 1
            lock.wait(atMost: patience)
            state.idle -= 1
        }
        return state.queue.removeFirst()
    }

    private func startThread() -> Int32 {
        WorkerThread.start(name) { [self] in
            while workOnce() {}
        }
    }
}
