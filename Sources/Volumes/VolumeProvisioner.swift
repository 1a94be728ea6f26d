/// Makes, finds and removes volumes. Implemented on libcephfs by `CephVolumes`.
///
/// Every call may block on Ceph for as long as Ceph hangs, but returns as soon as its task is cancelled (with
/// `CancellationError`); what was begun then still ends whole or is undone, and the same call later succeeds.
/// Calls for one id are serialised, calls for different ids run in parallel.
public protocol VolumeProvisioner: Sendable {
    /// Makes the volume, or returns the one that an equal request made before.
    ///
    /// - Throws: ``VolumeError/alreadyExists(conflict:)`` when the name is taken by a different volume.
    func create(_ spec: VolumeSpec, as credentials: CephCredentials) async throws -> Volume

    /// Removes the volume. A volume that is not there is a success.
    ///
    /// - Parameters:
    ///   - credentials: nil for a call without secrets: then it is the cluster's standing user.
    ///   - patience: How long to wait while nodes still have the volume: an orchestrator asks for the deletion while the
    ///     last of them is being detached.
    /// - Throws: ``VolumeError/preconditionFailed(_:)`` when a node has the volume and keeps it.
    func delete(_ id: VolumeID, as credentials: CephCredentials?, patience: Duration) async throws

    /// The volume, or nil when it does not exist.
    func volume(_ id: VolumeID, as credentials: CephCredentials) async throws -> Volume?

    /// Whether the directory `path` (a static volume's) exists on that cluster's file system within the reach of
    /// `credentials`.
    func pathExists(_ path: String, cluster: String, filesystem: String, as credentials: CephCredentials) async throws
        -> Bool

    /// Why nothing can be provisioned at the moment, nil when all is well: no library, every worker stuck in a call
    /// that Ceph does not answer. Never blocks.
    var impairment: String? { get }
}

extension VolumeProvisioner {
    /// Removes the volume if no node has it at this moment.
    public func delete(_ id: VolumeID, as credentials: CephCredentials) async throws {
        try await delete(id, as: credentials, patience: .zero)
    }
}
