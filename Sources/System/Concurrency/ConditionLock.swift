import Glibc

/// A mutex and its condition: pthread_mutex(3) and pthread_cond(3), which need an address that never moves.
///
/// The standard library's `Mutex` has no condition to wait for. For threads that may block, never for cooperative ones.
public final class ConditionLock: @unchecked Sendable {
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

    /// An unlocked lock that nobody waits for.
    public init() {
        pthread_mutex_init(mutex, nil)
        var attributes = pthread_condattr_t()
        pthread_condattr_init(&attributes)
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        pthread_cond_init(condition, &attributes)
        pthread_condattr_destroy(&attributes)
    }

    deinit {
        pthread_cond_destroy(condition)
        pthread_mutex_destroy(mutex)
        condition.deallocate()
        mutex.deallocate()
    }

    /// pthread_mutex_lock(3).
    public func lock() { pthread_mutex_lock(mutex) }
    /// pthread_mutex_unlock(3).
    public func unlock() { pthread_mutex_unlock(mutex) }
    /// Wakes one of those that wait (pthread_cond_signal(3)).
    public func wakeOne() { pthread_cond_signal(condition) }
    /// Wakes everybody who waits (pthread_cond_broadcast(3)).
    public func wakeAll() { pthread_cond_broadcast(condition) }

    /// Releases the lock, waits for a wake-up or until the time is over, and takes the lock again.
    public func wait(atMost patience: Duration) {
        var deadline = timespec()
        clock_gettime(CLOCK_MONOTONIC, &deadline)
        let (seconds, attoseconds) = patience.components
        let nanoseconds = deadline.tv_nsec + Int(attoseconds / 1_000_000_000)
        deadline.tv_sec += Int(seconds) + nanoseconds / 1_000_000_000
        deadline.tv_nsec = nanoseconds % 1_000_000_000
        pthread_cond_timedwait(condition, mutex, &deadline)
    }
}
