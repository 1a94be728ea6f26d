import CLinux
import Glibc

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
/// Unchecked because `state` is touched only between `monitor.lock()` and `monitor.unlock()`.
final class Crew: @unchecked Sendable {
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
    private let monitor = Monitor()
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
        monitor.lock()
        defer { monitor.unlock() }
        state.queue.append(job)
        if state.idle >= state.queue.count {
            monitor.wakeOne()
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
        monitor.lock()
        defer { monitor.unlock() }
        state.queue.removeAll { $0 === job }
    }

    /// Lets threads end when the queue is empty instead of waiting for more.
    func dismiss() {
        monitor.lock()
        defer { monitor.unlock() }
        state.isDismissed = true
        monitor.wakeAll()
    }

    var status: BlockingPool.Status {
        let now = ContinuousClock.now
        monitor.lock()
        defer { monitor.unlock() }
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

    /// A thread's life: takes jobs in order until it has waited in vain for `idleTimeout`.
    private func work() {
        while workOnce() {}
    }

    /// Does one job; false when the thread should end.
    ///
    /// A job may hold the last reference to its pool's owner. It is let go of outside the lock, for the pool's deinit
    /// takes it.
    private func workOnce() -> Bool {
        monitor.lock()
        guard let job = nextJob() else {
            state.threads -= 1
            monitor.unlock()
            return false
        }
        state.running[ObjectIdentifier(job)] = (job, .now)
        monitor.unlock()
        job.work()
        monitor.lock()
        state.running[ObjectIdentifier(job)] = nil
        monitor.unlock()
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
            monitor.wait(atMost: patience)
            state.idle -= 1
        }
        return state.queue.removeFirst()
    }

    /// pthread_create(3) with every signal blocked, so that signals are handled by the threads that expect them.
    private func startThread() -> Int32 {
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
        let crew = Unmanaged.passRetained(self)
        let error = pthread_create(
            &thread,
            &attributes,
            { argument in
                guard let argument else { return nil }
                let crew = Unmanaged<Crew>.fromOpaque(argument).takeRetainedValue()
                linux_set_thread_name(crew.name)
                crew.work()
                return nil
            },
            crew.toOpaque()
        )
        if error != 0 { crew.release() }
        return error
    }
}
