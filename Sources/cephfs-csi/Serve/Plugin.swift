import CSI
import CSIServices
import Configuration
import Cryptography
import GRPCServer
import Logging
import Observability
import System
import Volumes

/// The composition root. It reads top to bottom: configuration, ports, services, methods, interceptors, server.
struct Plugin {
    let server: GRPCServer
    /// A second one, for csi-provisioner; see ``ServeOptions/provisionerEndpoint``.
    let provisionerServer: GRPCServer?
    let ports: Ports
    /// What goes on beside the calls; each ends when its task is cancelled.
    let background: [@Sendable () async -> Void]

    /// Puts the plugin together; nothing is served yet.
    ///
    /// - Throws: `ConfigurationError`, `NodeKey.Failure`.
    init(_ options: ServeOptions, logger: Logger) throws {
        CoreLog.redirect { severity, line in
            logger.log(level: severity == .error ? .warning : .debug, "gRPC's core: \(line)")
        }

        let configuration = try LiveConfiguration(path: options.configurationFile) { change in
            Self.report(change, to: logger)
        }

        ports = Ports(options, clusters: configuration, logger: logger)

        // A refused configuration is no reason for Probe to fail: the old one works, and a restart would lose it.
        let identity = CephFSIdentityService(
            driverName: options.driverName,
            version: Version.program,
            offersController: ports.provisioner != nil,
            hasTopologies: {
                configuration.clusterIDs.contains { configuration.cluster($0)?.topologies.isEmpty == false }
            },
            impairment: { [ports] in ports.impairment }
        )
        var methods = identity.methods
        var provisionerMethods = identity.methods
        if let provisioner = ports.provisioner, let issuer = ports.issuer, let manager = ports.manager,
            let snapshots = ports.snapshots, let groupSnapshots = ports.groupSnapshots
        {
            let statics = StaticAttachments()
            let controller = CephFSControllerService(
                clusters: configuration,
                naming: ports.naming,
                provisioner: provisioner,
                issuer: issuer,
                manager: manager,
                snapshots: snapshots,
                statics: statics,
                seal: { SealedBox.seal($0, for: $1) }
            )
            methods += controller.methods
            provisionerMethods += controller.withoutPublishing.methods
            methods +=
                CephFSGroupControllerService(
                    clusters: configuration,
                    naming: ports.naming,
                    groups: groupSnapshots,
                    statics: statics
                ).methods
        }
        if let mounts = ports.mounts {
            let key = try NodeKey.load(from: options.stateDirectory, logger: logger)
            guard let node = NodeIdentity(name: options.nodeID, publicKey: key.publicKey) else {
                throw NodeKey.Failure(description: "--node-id \(options.nodeID) is not a node's name")
            }
            methods +=
                CephFSNodeService(
                    node: node,
                    topology: options.topology,
                    clusters: configuration,
                    mounts: mounts,
                    open: { key.open($0) }
                ).methods
        }

        let metrics = MetricsRegistry()
        Self.describe(options, in: metrics, configuration: configuration, ports: ports)
        let metricsFile = options.metricsFile.map { MetricsFile(path: $0, registry: metrics, logger: logger) }
        background = [
            { await configuration.watch(every: .seconds(5)) },
            { await metricsFile?.keep() },
        ]

        var limits = ServerOptions()
        limits.maximumConcurrentCalls = options.maximumCalls
        limits.vitalMethods = Self.vitalMethods
        let interceptors: [any ServerInterceptor] = [
            LoggingInterceptor(logger: logger, quiet: Self.frequentMethods),
            MetricsInterceptor(registry: metrics),
        ]
        server = try GRPCServer(
            endpoint: options.endpoint,
            methods: methods.handlers,
            interceptors: interceptors,
            options: limits
        )
        provisionerServer = try options.provisionerEndpoint.map { [provisionerMethods] endpoint in
            try GRPCServer(
                endpoint: endpoint,
                methods: provisionerMethods.handlers,
                interceptors: interceptors,
                options: limits
            )
        }
    }

    /// What asks nobody else, and by which sidecars and probes see that the plugin lives.
    private static let vitalMethods: Set<String> = [
        "/csi.v1.Identity/Probe", "/csi.v1.Identity/GetPluginInfo", "/csi.v1.Identity/GetPluginCapabilities",
        "/csi.v1.Controller/ControllerGetCapabilities", "/csi.v1.GroupController/GroupControllerGetCapabilities",
        "/csi.v1.Node/NodeGetCapabilities", "/csi.v1.Node/NodeGetInfo",
    ]

    /// What sidecars, probes and kubelets call all the time.
    private static let frequentMethods = vitalMethods.subtracting(["/csi.v1.Node/NodeGetInfo"])
        .union(["/csi.v1.Node/NodeGetVolumeStats"])

    private static func report(_ change: LiveConfiguration.Change, to logger: Logger) {
        switch change {
        case .applied(let clusters):
            logger.notice(
                "the configuration file has changed",
                metadata: ["clusters": "\(clusters.joined(separator: " "))"]
            )
        case .refused(let error):
            for problem in error.problems {
                logger.error(
                    "the configuration file is invalid, the previous settings stay: \(error.file):\(problem)"
                )
            }
        }
    }

    private static func describe(
        _ options: ServeOptions,
        in metrics: MetricsRegistry,
        configuration: LiveConfiguration,
        ports: Ports
    ) {
        let build = metrics.gauge(
            "cephfs_csi_build_info",
            help: "What this process is; the value is always 1.",
            labels: ["version", "revision", "role"]
        )
        build.add(1, labels: [Version.program, Version.revision, options.role.rawValue])
        metrics.measured("cephfs_csi_impaired", help: "1 while Probe says that the plugin can't do its work.") {
            ports.impairment == nil ? 0 : 1
        }
        metrics.measured("cephfs_csi_configuration_refused", help: "1 while the configuration file is not in force.") {
            configuration.impairment == nil ? 0 : 1
        }
        metrics.measured(
            "cephfs_csi_log_lines_dropped_total",
            help: "Lines of the log that standard error did not take.",
            isCounter: true
        ) { Double(StandardError.dropped) }
        if ports.trashBacklog != nil {
            metrics.measured(
                "cephfs_csi_trash_backlog",
                help: "Deleted volumes that are being removed or wait for a thread."
            ) { Double(ports.trashBacklog ?? 0) }
        }
        metrics.addProcessMetrics()
    }
}
