import Ceph
import Volumes

/// Volumes on Ceph: makes what its parts share, hands out the domain's ports, opens and closes.
public final class CephBackend: Sendable {
    /// Makes and removes volumes.
    public let provisioner: CephVolumeProvisioner
    /// Looks at volumes and changes them.
    public let manager: CephVolumeManager
    /// Takes and removes snapshots.
    public let snapshots: CephSnapshotManager
    /// Takes and removes group snapshots.
    public let groupSnapshots: CephGroupSnapshotManager
    /// Makes the users that nodes mount volumes with.
    public let issuer: CephCredentialIssuer
    /// What is in the trash, for an administrator.
    public let trash: CephTrash
    /// All volumes and users, for an administrator.
    public let inventory: CephInventory
    /// Makes directories of another origin volumes.
    public let adopter: CephAdopter

    let store: CephVolumeStore
    let copies: VolumeCopies

    /// Connects to nothing yet.
    ///
    /// - Parameters:
    ///   - clusters: the configuration's clusters, as they are at each request.
    ///   - replicaIdentity: the same after a restart, and no other running process's (a pod's name); see
    ///     `CephConnections`.
    ///   - digest: SHA-256 of a text, in hexadecimal digits.
    ///   - log: takes what happens in the background.
    public init(
        clusters: any ClusterDirectory,
        replicaIdentity: String,
        digest: @escaping @Sendable (String) -> String,
        options: CephVolumesOptions = CephVolumesOptions(),
        log: @escaping CephVolumesLog = { _, _ in }
    ) {
        var connecting = options.connections
        connecting.copyThreads = CopyTurns.threads(for: options)
        let connections = CephConnections(identity: replicaIdentity, options: connecting)
        let background = BackgroundWork(connections: connections, longestPause: options.upkeepInterval, log: log)
        let purger = TrashPurger(background: background, isOff: !options.runsUpkeep)
        let sweeper = StagingSweeper(
            replica: ReplicaTag.make(from: replicaIdentity),
            foreignAge: options.foreignAttemptAge,
            copyAge: options.copyPatience,
            background: background,
            purger: purger
        )
        let upkeep = Upkeep(
            interval: options.upkeepInterval,
            isOff: !options.runsUpkeep,
            sweeper: sweeper,
            purger: purger,
            releases: ReleaseReport(connections: connections, log: log)
        )
        store = CephVolumeStore(
            clusters: clusters,
            options: options,
            connections: connections,
            background: background,
            purger: purger,
            sweeper: sweeper,
            upkeep: upkeep
        )
        copies = VolumeCopies(limit: options.copiesAtOnce)
        provisioner = CephVolumeProvisioner(store: store, copies: copies)
        manager = CephVolumeManager(store: store)
        snapshots = CephSnapshotManager(store: store, copies: copies)
        groupSnapshots = CephGroupSnapshotManager(store: store, copies: copies)
        issuer = CephCredentialIssuer(store: store, digest: digest)
        trash = CephTrash(store: store)
        inventory = CephInventory(store: store)
        adopter = CephAdopter(store: store, naming: VolumeNaming(digest: digest))
    }

    /// Loads libcephfs ahead of the first request, which then need not wait for it, and lets `impairment` say when it is
    /// missing.
    public func open() async { await store.preload() }

    /// Ends the connections; volumes in the trash stay there until the next start.
    public func close() async {
        await copies.close()
        await store.connections.close()
    }

    /// Deleted volumes that wait to be purged or are being purged.
    public var trashBacklog: Int { store.background.backlog }
}
