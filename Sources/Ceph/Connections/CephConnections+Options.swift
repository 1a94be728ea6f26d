import System

extension CephConnections {
    /// Bounds and times.
    public struct Options: Sendable {
        /// Threads for requests, of each connection.
        public var threads = 32
        /// Threads for background work, of each connection.
        public var backgroundThreads = 2
        /// Threads for copies, of each connection.
        public var copyThreads = 8
        /// How long an idle thread stays.
        public var threadIdleTimeout = Duration.seconds(10)
        /// Connections at the same time that Ceph has accepted; the one idle longest gives way to another such.
        public var limit = 16
        /// Connections of one cluster at the same time that Ceph has not accepted yet.
        public var trialLimit = 8
        /// How long an idle connection stays mounted.
        public var idleTimeout = Duration.seconds(300)
        /// How many calls of a connection may wait while all of its threads are stuck.
        public var backlog = BlockingPool.Backlog(jobs: 32, patience: .seconds(3), limit: 160)
        /// How long every thread of every connection must have been in one call before that counts as a hang. Longer than
        /// an outage that ends by itself: a restart ends none, and costs what every connection holds.
        public var patience = Duration.seconds(300)

        /// The defaults.
        public init() {}
    }
}
