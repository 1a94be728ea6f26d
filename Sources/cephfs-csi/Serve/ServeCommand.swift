import ArgumentParser
import GRPCServer
import Observability
import Volumes

/// `cephfs-csi serve`: its options and their checks. docs/options.md lists the same; a test holds one against the other.
struct ServeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Serve CSI on a Unix socket until SIGTERM or SIGINT."
    )

    @Option(help: "Services to offer: controller creates volumes, node mounts them, all does both.")
    var role: Role

    @Option(
        help: "Unix socket to serve on; its directory is created if missing. Default: unix:///csi/csi.sock.",
        transform: OptionRules.endpoint
    )
    var endpoint = OptionRules.defaultEndpoint

    @Option(
        help: ArgumentHelp(
            "A second socket, for csi-provisioner, which then leaves it to DeleteVolume to wait for nodes that are "
                + "being detached (controller). Default: none.",
            valueName: "endpoint"
        ),
        transform: OptionRules.endpoint
    )
    var provisionerEndpoint: ServerEndpoint?

    @Option(help: "This node's name (in Kubernetes spec.nodeName). Needed for the roles node and all.")
    var nodeID: String?

    @Option(help: ArgumentHelp("YAML file with the clusters; re-read when it changes.", valueName: "path"))
    var config: String

    @Option(
        help: "Name that the orchestrator knows the driver by. Default: cephfs.csi.swift.",
        transform: OptionRules.driverName
    )
    var driverName = OptionRules.defaultDriverName

    @Option(help: "Lowest level that is logged.")
    var logLevel: LogLevel = .info

    @Option(help: "Lines for people (text) or for collectors (json).")
    var logFormat: LogFormat = .text

    @Option(
        help: ArgumentHelp("File (.prom) to keep Prometheus metrics in, for node_exporter.", valueName: "path"),
        transform: OptionRules.metricsFile
    )
    var metricsFile: String?

    @Option(
        help: ArgumentHelp(
            "Name that stays the same after restarts and that no other replica has: the plugin ends the sessions of "
                + "a killed predecessor with this name. Default: the host's name.",
            valueName: "id"
        ),
        transform: OptionRules.replicaID
    )
    var replicaID: String?

    @Option(
        help: ArgumentHelp(
            "Directory for what must survive a restart. Default: /var/lib/cephfs-csi.",
            valueName: "path"
        ),
        transform: OptionRules.stateDirectory
    )
    var stateDir = "/var/lib/cephfs-csi"

    @Option(
        help: ArgumentHelp(
            "Directory for the plugin's own mounts; not on a shared mount. Default: /run/cephfs-csi.",
            valueName: "path"
        ),
        transform: OptionRules.runDirectory
    )
    var runDir = "/run/cephfs-csi"

    @Option(
        help: ArgumentHelp(
            "Time that calls in flight have to finish after SIGTERM. Default: 20.",
            valueName: "seconds"
        ),
        transform: OptionRules.gracePeriod
    )
    var gracePeriod = 20

    @Option(
        help: ArgumentHelp(
            "Maximum number of concurrent calls; more are refused with UNAVAILABLE. Default: 256.",
            valueName: "count"
        ),
        transform: OptionRules.count(1...4096)
    )
    var maxCalls = 256

    @Option(
        help: ArgumentHelp("Maximum number of threads in calls to Ceph (controller). Default: 32.", valueName: "count"),
        transform: OptionRules.count(1...1024)
    )
    var cephThreads = 32

    @Option(
        help: ArgumentHelp(
            "Maximum number of threads in mount and unmount calls (node). Default: 16.",
            valueName: "count"
        ),
        transform: OptionRules.count(1...1024)
    )
    var mountThreads = 16

    @Option(
        help: ArgumentHelp(
            "How long a volume's unwritten data may keep an unmount waiting; then it is lost. 0: forever. Default: 90.",
            valueName: "seconds"
        ),
        transform: OptionRules.gracePeriod
    )
    var forceUnmountAfter = 90

    @Option(
        help: ArgumentHelp(
            "Where ceph-fuse processes are put, so that they outlive the plugin's container: host, for the roots of the "
                + "host's hierarchies, or a cgroup v2 directory.",
            valueName: "host|path"
        ),
        transform: OptionRules.fuseCgroup
    )
    var fuseCgroup: String?

    @Option(
        help: ArgumentHelp(
            "Where the node is, as in topology.kubernetes.io/zone=a; several with commas between. Needed where not every "
                + "node reaches every cluster.",
            valueName: "domain=segment"
        ),
        transform: OptionRules.topology
    )
    var topology: Topology?

    @Flag(help: "Allow core dumps, within the process's limits. They contain keys. Default: no core dumps.")
    var coreDumps = false

    func validate() throws {
        _ = try checkedNodeID()
    }

    /// The options as plain values.
    func options() throws -> ServeOptions {
        ServeOptions(
            role: role,
            endpoint: endpoint,
            provisionerEndpoint: provisionerEndpoint,
            nodeID: try checkedNodeID(),
            configurationFile: config,
            driverName: driverName,
            logLevel: logLevel.level,
            logFormat: logFormat,
            metricsFile: metricsFile,
            replicaID: try replicaID ?? OptionRules.defaultReplicaID(),
            stateDirectory: stateDir,
            runDirectory: runDir,
            gracePeriod: .seconds(gracePeriod),
            maximumCalls: maxCalls,
            cephThreads: cephThreads,
            mountThreads: mountThreads,
            forceUnmountAfter: forceUnmountAfter == 0 ? nil : .seconds(forceUnmountAfter),
            fuseCgroup: fuseCgroup,
            topology: topology,
            allowsCoreDumps: coreDumps
        )
    }

    private func checkedNodeID() throws -> String {
        guard role.offersNode else { return nodeID ?? "" }
        guard let nodeID else {
            throw ValidationError("--node-id is missing: the role \(role.rawValue) needs the node's name")
        }
        return try OptionRules.nodeID(nodeID)
    }
}
