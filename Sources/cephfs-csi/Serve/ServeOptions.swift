import GRPCServer
import Logging
import Observability
import Volumes

/// The checked options of `serve`.
struct ServeOptions: Sendable {
    var role: Role
    var endpoint: ServerEndpoint
    /// A second one, for csi-provisioner alone.
    var provisionerEndpoint: ServerEndpoint?
    /// Empty in the controller role.
    var nodeID: String
    var configurationFile: String
    var driverName: String
    var logLevel: Logger.Level
    var logFormat: LogFormat
    var metricsFile: String?
    var replicaID: String
    var stateDirectory: String
    /// Where mounts are made before anybody else sees them.
    var runDirectory: String
    var gracePeriod: Duration
    var maximumCalls: Int
    var cephThreads: Int
    var mountThreads: Int
    /// How long data may take to be written back before an unmount loses it; nil: for ever.
    var forceUnmountAfter: Duration?
    /// The cgroup that ceph-fuse processes are put into; nil: the plugin's own.
    var fuseCgroup: String?
    /// Where the node is; nil when it is nowhere in particular.
    var topology: Topology?
    /// Whether a crash may leave a core dump, with the keys in memory.
    var allowsCoreDumps = false
}
