import CSI
import GRPCServer
import Volumes

/// CSI's GroupController service (spec, "Group Controller Service RPCs"): checks a request, asks the domain, answers.
public struct CephFSGroupControllerService: GroupControllerService {
    private let clusters: any ClusterDirectory
    private let naming: VolumeNaming
    private let groups: any GroupSnapshotManager
    private let statics: StaticAttachments

    /// - Parameters:
    ///   - clusters: The configuration's clusters.
    ///   - naming: Leads from a CSI name to an id.
    ///   - groups: Takes and removes group snapshots.
    ///   - statics: Static volumes that are published, which have no snapshots.
    public init(
        clusters: any ClusterDirectory,
        naming: VolumeNaming,
        groups: any GroupSnapshotManager,
        statics: StaticAttachments
    ) {
        self.clusters = clusters
        self.naming = naming
        self.groups = groups
        self.statics = statics
    }

    /// All that there is.
    public func groupControllerGetCapabilities(
        _ request: GroupControllerGetCapabilitiesRequest
    ) async throws -> GroupControllerGetCapabilitiesResponse {
        GroupControllerGetCapabilitiesResponse(
            capabilities: [.init(type: .rpc(.init(type: .createDeleteGetVolumeGroupSnapshot)))]
        )
    }

    /// Takes a snapshot of each volume, or finds those that an equal request took.
    public func createVolumeGroupSnapshot(
        _ request: CreateVolumeGroupSnapshotRequest
    ) async throws -> CreateVolumeGroupSnapshotResponse {
        let name = try RequestRules.name(request.name)
        let consistency = try GroupSnapshotParameters.consistency(request.parameters)
        let credentials = try RequestSecrets.optionalController(request.secrets.exposed)
        let fencer = try RequestSecrets.fencer(request.secrets.exposed)
        let spec = try GroupSnapshotSpec(
            name: name,
            volumes: try volumes(request.sourceVolumeIDs),
            consistency: consistency,
            naming: naming
        )
        RPCContext.current?.annotate("group_snapshot", spec.id.description)
        let snapshot = try await groups.takeGroupSnapshot(spec, as: credentials, fencer: fencer)
        return CreateVolumeGroupSnapshotResponse(groupSnapshot: VolumeGroupSnapshot(snapshot))
    }

    /// Removes a group snapshot and its members. An id that this plugin can't have issued names nothing.
    public func deleteVolumeGroupSnapshot(
        _ request: DeleteVolumeGroupSnapshotRequest
    ) async throws -> DeleteVolumeGroupSnapshotResponse {
        let text = try id(request.groupSnapshotID)
        guard let id = GroupSnapshotID(text) else { return DeleteVolumeGroupSnapshotResponse() }
        let credentials = try RequestSecrets.optionalController(request.secrets.exposed)
        let fencer = try RequestSecrets.fencer(request.secrets.exposed)
        guard clusters.cluster(id.cluster) != nil else {
            throw VolumeError.preconditionFailed(
                "group_snapshot_id: the configuration has no cluster \(id.cluster); add it, so that the snapshots can be "
                    + "removed"
            )
        }
        try await groups.deleteGroupSnapshot(id, members: request.snapshotIDs, as: credentials, fencer: fencer)
        return DeleteVolumeGroupSnapshotResponse()
    }

    /// One group snapshot.
    public func getVolumeGroupSnapshot(
        _ request: GetVolumeGroupSnapshotRequest
    ) async throws -> GetVolumeGroupSnapshotResponse {
        let text = try id(request.groupSnapshotID)
        let credentials = try RequestSecrets.optionalController(request.secrets.exposed)
        guard let id = GroupSnapshotID(text), clusters.cluster(id.cluster) != nil,
            let snapshot = try await groups.groupSnapshot(id, as: credentials)
        else {
            throw VolumeError.notFound("group_snapshot_id: no such group snapshot: \(DisplayText.quotable(text))")
        }
        let own = snapshot.members.map(\.id.description)
        guard Set(own) == Set(request.snapshotIDs) else {
            throw VolumeError.invalid(
                field: "snapshot_ids",
                fix: "must be the snapshots of \(id): \(own.joined(separator: ", "))"
            )
        }
        return GetVolumeGroupSnapshotResponse(groupSnapshot: VolumeGroupSnapshot(snapshot))
    }
}

extension CephFSGroupControllerService {
    private func id(_ text: String) throws -> String {
        let text = try RequestRules.required(text, "group_snapshot_id", limit: RequestRules.maximumPath)
        RPCContext.current?.annotate("group_snapshot", DisplayText.quotable(text))
        return text
    }

    private func volumes(_ ids: [String]) throws -> [VolumeID] {
        try ids.enumerated().map { number, text in
            let field = "source_volume_ids[\(number)]"
            let text = try RequestRules.required(text, field, limit: RequestRules.maximumPath)
            guard let id = VolumeID(text), clusters.cluster(id.cluster) != nil else {
                throw statics.noSuchVolume(text, field)
            }
            return id
        }
    }
}

extension CSI.VolumeGroupSnapshot {
    /// The answer for `snapshot`. It can be used as soon as it is there, and was taken when its last member was.
    init(_ snapshot: Volumes.GroupSnapshot) {
        let last = snapshot.members.max {
            ($0.createdSeconds, $0.createdNanoseconds) < ($1.createdSeconds, $1.createdNanoseconds)
        }
        self.init(
            groupSnapshotID: snapshot.id.description,
            snapshots: snapshot.members.map { CSI.Snapshot($0) },
            creationTime: last.map { Timestamp(seconds: $0.createdSeconds, nanoseconds: $0.createdNanoseconds) },
            readyToUse: true
        )
    }
}
