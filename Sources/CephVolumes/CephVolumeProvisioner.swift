import Ceph
import Synchronization
import Volumes

/// Volumes as directories of CephFS, by libcephfs.
///
/// There is no state but the file system's: the directory with its record is the volume, the trash is the list of what
/// is to be removed. So any replica can serve any request, and a crash at any point leaves nothing to reconcile.
public final class CephVolumeProvisioner: VolumeProvisioner {
    /// Bounds and times.
    public struct Options: Sendable {
        /// The connections'.
        public var connections = CephConnections.Options()
        /// How long after one round of sweeping and purging the next request begins another.
        public var housekeepingInterval = Duration.seconds(600)
        /// How old another replica's half-made volume must be to count as dead. Nothing takes that long to make; the
        /// replica's own are known.
        public var foreignAttemptAge = Duration.seconds(3600)
        /// How long connecting waits for a monitor, in seconds.
        public var connectTimeoutSeconds = 10

        /// The defaults.
        public init() {}
    }

    let connections: CephConnections
    private let clusters: any ClusterDirectory
    private let housekeeper: Housekeeper
    private let options: Options
    private let locks = VolumeLocks()
    /// Groups seen on a mount, and under "" the mount whose staging was seen to be right.
    private let prepared = Mutex<[CephSettings: (mount: UInt64, groups: Set<String>)]>([:])
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

    /// See ``VolumeProvisioner/create(_:as:)``.
    @discardableResult
    public func create(_ spec: VolumeSpec, as credentials: CephCredentials) async throws -> Volume {
        let request = try request(spec.id, credentials, dataPool: spec.properties.dataPool)
        let volume = try await perform("creating", request) { [self] work in
            try makeOrFind(spec, request, work)
        }
        housekeeper.settle(request.settings)
        return volume
    }

    /// See ``VolumeProvisioner/delete(_:as:)``.
    public func delete(_ id: VolumeID, as credentials: CephCredentials) async throws {
        let request = try request(id, credentials)
        let trashed = try await perform("deleting", request) { work in try work.moveToTrash() }
        guard let trashed else { return }
        housekeeper.settle(request.settings)
        housekeeper.purge(trashed, of: request.settings)
    }

    /// See ``VolumeProvisioner/volume(_:as:)``.
    public func volume(_ id: VolumeID, as credentials: CephCredentials) async throws -> Volume? {
        try await perform("looking up", request(id, credentials)) { work in
            guard case .volume(let record) = try work.find() else { return nil }
            do {
                return try work.volume(record, id: id)
            } catch is Vanished {
                return nil
            }
        }
    }

    /// See ``VolumeProvisioner/impairment``.
    public var impairment: String? {
        if let missing = libraryFailure.withLock({ $0 }) { return missing }
        guard let (label, elapsed) = connections.hang else { return nil }
        return "Ceph has not answered for \(elapsed.components.seconds) s: \(label)"
    }

    /// Loads libcephfs ahead of the first request, which then need not wait for it, and lets ``impairment`` say when
    /// it is missing.
    public func preload() async {
        let failure = await connections.preload().map { "\($0)" }
        libraryFailure.withLock { $0 = failure }
    }

    /// Deleted volumes that wait to be purged or are being purged.
    public var trashBacklog: Int { housekeeper.backlog }

    /// Ends the connections; volumes in the trash stay there until the next start.
    public func close() async {
        await connections.close()
    }
}

extension CephVolumeProvisioner {
    /// A request with all that its volume's id leads to.
    struct Request: Sendable {
        let id: VolumeID
        let cluster: Cluster
        let settings: CephSettings
        let layout: VolumeLayout
        let context: ErrorContext
    }

    private func request(
        _ id: VolumeID,
        _ credentials: CephCredentials,
        dataPool: String? = nil
    ) throws -> Request {
        let cluster = try cluster(id.cluster)
        let settings = settings(cluster, filesystem: id.filesystem, root: cluster.root, credentials)
        return Request(
            id: id,
            cluster: cluster,
            settings: settings,
            layout: VolumeLayout(root: settings.root, group: id.group, volume: id.volume),
            context: ErrorContext(
                cluster: cluster.id,
                user: credentials.user,
                filesystem: id.filesystem,
                root: settings.root,
                dataPool: dataPool
            )
        )
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

    /// Runs `body` with the volume's lock on a thread. When the request is cancelled meanwhile, this returns, and
    /// `body` goes on to its end with the lock.
    private func perform<Value: Sendable>(
        _ label: String,
        _ request: Request,
        _ body: @escaping @Sendable (VolumeWork) throws -> Value
    ) async throws -> Value {
        let lease = try await locks.acquire(request.id.description, for: label)
        do {
            return try await withTaskCancellationHandler {
                try await connections.run(request.settings, "\(label) \(request.id)") { [housekeeper] mount in
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
            } onCancel: {
                lease.abandon()
            }
        } catch let error as CephError {
            throw try await connectError(error, request)
        }
    }

    /// Errors of the work itself come as ``VolumeError``; a bare ``CephError`` means that there is no connection.
    private func connectError(_ error: CephError, _ request: Request) async throws -> VolumeError {
        if error.isLibraryMissing { libraryFailure.withLock { $0 = "\(error)" } }
        let errors = ConnectErrors(
            connections: connections,
            settings: request.settings,
            context: request.context,
            filesystemIsRequested: request.id.filesystem != request.cluster.filesystem
        )
        return try await errors.volumeError(for: error)
    }

    /// Replicas do not see each other's locks: one may publish or delete the name between two looks of another, which
    /// then looks again.
    private func makeOrFind(_ spec: VolumeSpec, _ request: Request, _ work: VolumeWork) throws -> Volume {
        var missing: CephError?
        for _ in 0..<5 {
            do {
                if let existing = try existing(spec, work) { return existing }
                try prepare(request, work)
                return try housekeeper.withStaging(request.layout) { staged in
                    try VolumeCreation(work: work, spec: spec, staged: staged, data: RandomUUID.make()).run()
                }
            } catch is NameTaken {
                continue
            } catch let vanished as Vanished {
                missing = vanished.error
            } catch {
                // Somebody may have removed staging or the group since they were seen.
                forgetPreparations(request)
                throw error
            }
        }
        if let missing { throw VolumeError.unexpected("the volume lacks a part of it: \(missing)") }
        throw VolumeError.unavailable("the volume is made and deleted over and over by other replicas: try again")
    }

    /// The volume of that name, if there is one that fits the request.
    private func existing(_ spec: VolumeSpec, _ work: VolumeWork) throws -> Volume? {
        switch try work.find() {
        case .nothing:
            return nil
        case .stranger:
            let path = work.mount.absolute(work.layout.volumePath)
            throw VolumeError.alreadyExists(conflict: "\(path) exists and was not made by this plugin")
        case .volume(let record):
            let volume = try work.volume(record, id: spec.id)
            if let conflict = spec.conflict(with: volume) { throw VolumeError.alreadyExists(conflict: conflict) }
            try housekeeper.withStaging(work.layout) { try work.repairMetadata(data: record.data, scratch: $0) }
            return volume
        }
    }

    /// What every volume of a group needs, looked at once for each mount.
    private func prepare(_ request: Request, _ work: VolumeWork) throws {
        let seen = prepared.withLock { $0[request.settings] }
        let groups = seen?.mount == work.mount.id ? seen?.groups : nil
        if groups == nil { try work.preparePlaces() }
        guard groups?.contains(request.id.group) != true else { return }
        try work.prepareGroup(
            creates: request.cluster.createsGroups,
            isRequested: request.id.group != request.cluster.group
        )
        prepared.withLock { $0[request.settings] = (work.mount.id, (groups ?? []).union([request.id.group])) }
    }

    private func forgetPreparations(_ request: Request) {
        prepared.withLock { $0[request.settings] = nil }
    }
}
