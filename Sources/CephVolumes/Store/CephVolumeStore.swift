import Ceph
import Synchronization
import System
import Volumes

/// What everything that works on volumes shares: the connections, one lock for each volume, and
/// what is done in the background.
///
/// All ports of one process share one store, so their calls for one volume are serialised.
final class CephVolumeStore: Sendable {
    let connections: CephConnections
    let background: BackgroundWork
    let journal: JournalFlusher
    let purger: TrashPurger
    let sweeper: StagingSweeper
    let upkeep: Upkeep
    let clusters: any ClusterDirectory
    let users = DefaultCredentials()
    let names = NameCache()
    let listPace = ListPace()
    let heapUpkeep = HeapUpkeep()
    let claims: NodeClaims
    let options: CephVolumesOptions
    let locks = VolumeLocks()
    private let libraryFailure = Mutex<String?>(nil)

    init(
        clusters: any ClusterDirectory,
        options: CephVolumesOptions,
        connections: CephConnections,
        background: BackgroundWork,
        purger: TrashPurger,
        sweeper: StagingSweeper,
        upkeep: Upkeep
    ) {
        self.clusters = clusters
        self.options = options
        self.connections = connections
        self.background = background
        self.purger = purger
        self.sweeper = sweeper
        self.upkeep = upkeep
        journal = JournalFlusher(background: background)
        claims = NodeClaims(patience: options.nodeClaimPatience)
    }

    /// Why nothing can be done at the moment; see `VolumeProvisioner.impairment`.
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
            key: credentials.key,
            timeoutSeconds: options.connectTimeoutSeconds,
            fsid: cluster.fsid
        )
    }

    /// How another user than the request's own connects to its file system, and what its errors say.
    func settings(_ request: ResolvedVolume, as user: CephCredentials) -> (CephSettings, ErrorContext) {
        var context = request.context
        context.user = user.user
        let root = request.cluster.root
        return (settings(request.cluster, filesystem: request.id.filesystem, root: root, user), context)
    }

    /// Whom a call is made as: the user that it brings, else the cluster's standing one.
    func user(_ credentials: CephCredentials?, of cluster: @autoclosure () throws -> Cluster) async throws
        -> CephCredentials
    {
        if let credentials { return credentials }
        return try await users.credentials(of: cluster())
    }

    /// A request with all that its volume's id leads to.
    func request(
        _ id: VolumeID,
        _ credentials: CephCredentials,
        properties: VolumeProperties = VolumeProperties()
    ) throws -> ResolvedVolume {
        let cluster = try cluster(id.cluster)
        let settings = settings(cluster, filesystem: id.filesystem, root: cluster.root, credentials)
        return ResolvedVolume(
            id: id,
            cluster: cluster,
            credentials: credentials,
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
        _ request: ResolvedVolume,
        _ body: @escaping @Sendable (VolumeDirectory) throws -> Value
    ) async throws -> Value {
        let lease = try await locks.acquire(request.id.description, for: label)
        return try await withTaskCancellationHandler {
            try await run(label, request, lease, body)
        } onCancel: {
            abandon(lease, request)
        }
    }

    /// As ``perform(_:_:_:)-swift.method`` with work that has several steps, on the file system and with the monitors, so
    /// that a monitor that hangs takes no thread of the file system's.
    func performSteps<Value: Sendable>(
        _ label: String,
        _ request: ResolvedVolume,
        _ body: @escaping @Sendable (VolumeSteps) async throws -> Value
    ) async throws -> Value {
        let lease = try await locks.acquire(request.id.description, for: label)
        let steps = VolumeSteps(store: self, label: label, request: request, lease: lease)
        return try await Uncancelled.run {
            try await body(steps)
        } onCancel: { [self] in
            abandon(lease, request)
        }
    }

    /// The request has ended but its work continues. Nobody will read its result, so leftovers are looked for afterwards.
    func abandon(_ lease: VolumeLease, _ request: ResolvedVolume) {
        lease.abandon { [weak upkeep] in upkeep?.lookAgain(request.settings, on: request.cluster) }
    }

    /// One piece of work on the file system, by whoever holds the lock.
    func run<Value: Sendable>(
        _ label: String,
        _ request: ResolvedVolume,
        _ lease: VolumeLease,
        _ body: @escaping @Sendable (VolumeDirectory) throws -> Value
    ) async throws -> Value {
        do {
            return try await connections.run(request.settings, "\(label) \(request.id)") { [upkeep, users] mount in
                users.remember(request.credentials, for: request.cluster.id)
                let work = VolumeDirectory(
                    mount: mount,
                    layout: request.layout,
                    context: request.context,
                    progress: lease.progress
                )
                let value = try body(work)
                upkeep.noteRequest(on: mount.id, of: request.settings, on: request.cluster)
                return value
            }
        } catch let error as CephError {
            throw try await connectError(error, request.settings, request.context)
        } catch let error as VolumeError {
            throw noted(error, "\(label) \(request.id)")
        }
    }

    /// Logs an error that is a security event.
    func noted(_ error: VolumeError, _ label: String) -> VolumeError {
        if case .tampered(let message) = error { background.log(.security, "\(label): \(message)") }
        return error
    }

    /// Another user of the cluster than the one that it refuses, if one is known.
    private func witness(against refused: CephSettings, _ context: ErrorContext) async -> CephSettings? {
        guard let cluster = clusters.cluster(context.cluster),
            let standing = try? await users.credentials(of: cluster)
        else { return nil }
        let settings = settings(cluster, filesystem: refused.filesystem, root: cluster.root, standing)
        return settings.user == refused.user && settings.key == refused.key ? nil : settings
    }

    /// Errors of the work itself come as ``VolumeError``; a bare ``CephError`` means that there is no connection.
    func connectError(
        _ error: CephError,
        _ settings: CephSettings,
        _ context: ErrorContext
    ) async throws -> VolumeError {
        if error.isLibraryMissing { libraryFailure.withLock { $0 = "\(error)" } }
        let errors = ConnectErrors(
            connections: connections,
            settings: settings,
            witness: await witness(against: settings, context),
            context: context
        )
        return try await errors.volumeError(for: error)
    }
}

/// A request about a volume, with all that the volume's id leads to.
struct ResolvedVolume: Sendable {
    let id: VolumeID
    let cluster: Cluster
    let credentials: CephCredentials
    let settings: CephSettings
    let layout: VolumeLayout
    let context: ErrorContext
}
