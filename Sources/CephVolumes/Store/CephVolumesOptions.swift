import Ceph

/// Bounds and times.
public struct CephVolumesOptions: Sendable {
    /// The connections'.
    public var connections = CephConnections.Options()
    /// How long after one round of sweeping and purging the next request begins another.
    public var upkeepInterval = Duration.seconds(600)
    /// For how long another replica's half-made volume must be seen to stand still to count as dead. Nothing takes
    /// that long to make; the replica's own are known.
    public var foreignAttemptAge = Duration.seconds(3600)
    /// Whether this process sweeps staging and purges the trash. One that does a single thing for an administrator
    /// leaves that to the plugin, whose configuration says how long the trash is kept.
    public var runsUpkeep = true
    /// Threads, and calls to Ceph under way, of each copy of a volume's content.
    public var copyWorkers = 8
    /// Copies at the same time on each cluster, and from one source; others wait for their turn. Short ones have two
    /// turns more: ``CopyTurns``.
    public var copiesAtOnce = 2
    /// How long a request waits for its copy before it is told how far that is.
    public var copyWait = Duration.seconds(8)
    /// After how long a copy that no request has asked for is given up.
    public var copyPatience = Duration.seconds(600)
    /// How often a copy shows other replicas that it lives. One that has not for six times as long is dead.
    public var copyHeartbeat = Duration.seconds(10)
    /// For how long another key under a known node's name is refused, before it ends the use by the known one.
    public var nodeClaimPatience = Duration.seconds(5)
    /// How long connecting waits for a monitor, and a command for its answer, in seconds.
    public var connectTimeoutSeconds = 10

    /// The defaults.
    public init() {}
}
