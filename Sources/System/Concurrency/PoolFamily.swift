import Synchronization

/// Pools of one kind, one for each key: what blocks for one key (a cluster that does not answer) takes no thread from
/// another.
///
/// Pools are made when they are asked for and forgotten when they have nothing to do.
public final class PoolFamily: Sendable {
    /// More keys than this at a time share one pool: callers may choose keys.
    private static let maximum = 64

    private let name: String
    private let threads: Int
    private let idleTimeout: Duration
    private let backlog: BlockingPool.Backlog?
    private let pools = Mutex<[String: BlockingPool]>([:])

    /// No pool yet; the parameters are those of each, see ``BlockingPool``.
    public init(name: String, threads: Int, idleTimeout: Duration, backlog: BlockingPool.Backlog? = nil) {
        self.name = name
        self.threads = threads
        self.idleTimeout = idleTimeout
        self.backlog = backlog
    }

    /// The pool of `key`.
    public subscript(key: String) -> BlockingPool {
        // Those that are forgotten go outside the lock.
        let (pool, _) = pools.withLock { pools -> (BlockingPool, [BlockingPool]) in
            if let known = pools[key] { return (known, []) }
            let idle = pools.filter { $0.value.status.isIdle }
            for key in idle.keys { pools[key] = nil }
            let key = pools.count < Self.maximum ? key : ""
            if let known = pools[key] { return (known, Array(idle.values)) }
            let new = BlockingPool(name: name, threads: threads, idleTimeout: idleTimeout, backlog: backlog)
            pools[key] = new
            return (new, Array(idle.values))
        }
        return pool
    }

    /// What those pools do that have something to do, or had a moment ago.
    public var statuses: [BlockingPool.Status] { pools.withLock { Array($0.values) }.map(\.status) }
}
