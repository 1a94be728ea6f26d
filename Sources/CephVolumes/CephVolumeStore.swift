import Ceph
import Synchronization
import Volumes

/// What everything that works on volumes shares: the connections, one lock for each volume, and the housekeeper.
///
/// ``CephVolumeProvisioner`` and ``CephCredentialIssuer`` of one process are given the same store, so their calls for one
/// volume are serialised.
public final class CephVolumeStore: Sendable {
    /// Bounds and times.
    public struct Options: Sendable {
        /// The connections'.
        public var connections = CephConnections.Options()
        /// How long after one round of sweeping and purging the next request begins another.
        public var housekeepingInterval = Duration.seconds(600)
        /// How old another replica's half-made volume must be to count as dead. Nothing takes that long to make; the
        /// replica's own are known.
        public var foreignAttemptAge = Duration.seconds(3600)
        /// How long connecting waits for a monitor, and a command for its answer, in seconds.
        public var connectTimeoutSeconds = 10

        /// The defaults.
        public init() {}
    }

    let connections: CephConnections
    let housekeeper: Housekeeper
    private let clusters: any ClusterDirectory
    private let options: Options
    private let locks = VolumeLocks()
    private let libraryFailure = Mutex<String?>(nil)

    /// Connects to nothing yet.
    ///
    /// - Parameters:
    ///   - clusters: the configuration's clusters, as they are at each request.
    ///   - replicaIdentity: the same after a restart, and no other running process's (a pod's name); see
    ///     `CephConnections`.
    ///   - log: takes what happens in the background.
    public init(
        clusters: any ClusterDirectory,
        replicaIdentity: String,
        options: Options = Options(),
        log: @escaping CephVolumesLog = { _, _ in }
    ) {
        self.clusters = clusters
        self.options = options
        connections = CephConnections(identity: replicaIdentity, options: options.connections)
        housekeeper = Housekeeper(
            connections: connections,
            replica: ReplicaTag.make(from: replicaIdentity),
            options: options,
            log: log
        )
    }

    /// Why nothing can be done at the moment; see ``VolumeProvisioner/impairment``.
    var impairment: String? {
        if let missing = libraryFailure.withLock({ $0 }) { return missing }
        guard let (label, elapsed) = connections.hang else { return nil }
        return "Ceph has not answered for \(elapsed.components.seconds) s: \(label)"
    }

    func preload() async {
        let failure = await connections.preload().map { "\($0)" }
        libraryFailure.withLock { $0 = failure }
    }

    func cluster(_ id: String) throws -> Cluster {
        guard let cluster = clusters.cluster(id) else {
            throw VolumeError.preconditionFailed("cluster \(id) is not in the configuration file")
        }
        return cluster
    }

    func settings(
        _ cluster: Cluster,
        filesystem: String,
        root: String,
        _ credentials: CephCredentials
    ) -> CephSettings {
        CephSettings(
            monitors: cluster.monitors,
            filesystem: filesystem,
            root: AbsolutePath.normalized(root),
            user: credentials.user,
            key: credentials.key.withExposed { CephKey(base64: $0) },
            timeoutSeconds: options.connectTimeoutSeconds
        )
    }

    /// A request with all that its volume's id leads to.
    func request(
        _ id: VolumeID,
        _ credentials: CephCredentials,
        properties: VolumeProperties = VolumeProperties()
    ) throws -> VolumeRequest {
        let cluster = try cluster(id.cluster)
        let settings = settings(cluster, filesystem: id.filesystem, root: cluster.root, credentials)
        return VolumeRequest(
            id: id,
            cluster: cluster,
            settings: settings,
            layout: VolumeLayout(root: settings.root, group: id.group, volume: id.volume),
            context: ErrorContext(
                cluster: cluster.id,
                user: credentials.user,
                filesystem: id.filesystem,
                root: settings.root,
                dataPool: properties.dataPool,
                isolation: properties.isolation
            )
        )
    }

    /// Runs `body` with the volume's lock on a thread. When the request is cancelled meanwhile, this returns, and
    /// `body` goes on to its end with the lock.
    func perform<Value: Sendable>(
        _ label: String,
        _ request: VolumeRequest,
        _ body: @escaping @Sendable (VolumeWork) throws -> Value
    ) async throws -> Value {
        let lease = try await locks.acquire(request.id.description, for: label)
        return try await withTaskCancellationHandler {
            try await run(label, request, lease, body)
        } onCancel: {
            lease.abandon()
        }
    }

    /// As ``perform(_:_:_:)-swift.method`` with work that has several steps, on the file system and with the monitors, so
    /// that a monitor that hangs takes no thread of the file system's.
    func performSteps<Value: Sendable>(
        _ label: String,
        _ request: VolumeRequest,
        _ body: @escaping @Sendable (VolumeSteps) async throws -> Value
    ) async throws -> Value {
        let lease = try await locks.acquire(request.id.description, for: label)
        let steps = VolumeSteps(store: self, label: label, request: request, lease: lease)
        return try await OwnPace.run {
            try await body(steps)
        } onCancel: {
            lease.abandon()
        }
    }

    /// One piece of work on the file system, by whoever holds the lock.
    func run<Value: Sendable>(
        _ label: String,
        _ request: VolumeRequest,
        _ lease: VolumeLease,
        _ body: @escaping @Sendable (VolumeWork) throws -> Value
    ) async throws -> Value {
        do {
            return try await connections.run(request.settings, "\(label) \(request.id)") { [housekeeper] mount in
                let work = VolumeWork(
                    mount: mount,
                    layout: request.layout,
                    context: request.context,
                    progress: lease.progress
                )
                let value = try body(work)
                housekeeper.noticed(mount.id, of: request.settings)
                return value
            }
        } catch let error as CephError {
            throw try await connectError(error, request)
        }
    }

    /// Errors of the work itself come as ``VolumeError``; a bare ``CephError`` means that there is no connection.
    private func connectError(_ error: CephError, _ request: VolumeRequest) async throws -> VolumeError {
        if error.isLibraryMissing { libraryFailure.withLock { $0 = "\(error)" } }
        let errors = ConnectErrors(
            connections: connections,
            settings: request.settings,
            context: request.context,
            filesystemIsRequested: request.id.filesystem != request.cluster.filesystem
        )
        return try await errors.volumeError(for: error)
    }
}

/// A request about a volume, with all that the volume's id leads to.
struct VolumeRequest: Sendable {
    let id: VolumeID
    let cluster: Cluster
    let settings: CephSettings
    let layout: VolumeLayout
    let context: ErrorContext
}
