import Bytes
import CSI
import GRPCServer
import Volumes

extension CephFSControllerService {
    /// Takes a snapshot, or finds the one that an equal request took.
    public func createSnapshot(_ request: CreateSnapshotRequest) async throws -> CreateSnapshotResponse {
        let name = try RequestRules.name(request.name)
        let source = try RequestRules.required(
            request.sourceVolumeID,
            "source_volume_id",
            limit: RequestRules.maximumPath
        )
        RPCContext.current?.annotate("volume", DisplayText.quotable(source))
        try SnapshotParameters.check(request.parameters)
        let credentials = try RequestSecrets.optionalController(request.secrets.exposed)
        guard let volume = VolumeID(source), clusters.cluster(volume.cluster) != nil else {
            throw noSuchVolume(source, "source_volume_id")
        }
        let id = try naming.id(
            name: name,
            cluster: volume.cluster,
            filesystem: volume.filesystem,
            group: volume.group
        )
        RPCContext.current?.annotate("snapshot", id.description)
        let snapshot = try await snapshots.takeSnapshot(id, name: name, of: volume, as: credentials)
        return CreateSnapshotResponse(snapshot: CSI.Snapshot(snapshot))
    }

    /// Removes a snapshot. An id that this plugin can't have issued names nothing.
    public func deleteSnapshot(_ request: DeleteSnapshotRequest) async throws -> DeleteSnapshotResponse {
        let text = try RequestRules.required(request.snapshotID, "snapshot_id", limit: RequestRules.maximumPath)
        RPCContext.current?.annotate("snapshot", DisplayText.quotable(text))
        guard let id = SnapshotID(text) else { return DeleteSnapshotResponse() }
        let credentials = try RequestSecrets.optionalController(request.secrets.exposed)
        guard clusters.cluster(id.cluster) != nil else {
            throw VolumeError.preconditionFailed(
                "snapshot_id: the configuration has no cluster \(id.cluster); add it, so that the snapshot can be removed"
            )
        }
        try await snapshots.deleteSnapshot(id, as: credentials)
        return DeleteSnapshotResponse()
    }

    /// Snapshots of every cluster and group, of one volume, or one by its id; none for ids that name nothing.
    public func listSnapshots(_ request: ListSnapshotsRequest) async throws -> ListSnapshotsResponse {
        let limit = try ListToken.limit(request.maxEntries)
        let last = try ListToken.parse(request.startingToken)
        let credentials = try RequestSecrets.optionalController(request.secrets.exposed)
        if !request.snapshotID.isEmpty {
            guard let id = SnapshotID(request.snapshotID), clusters.cluster(id.cluster) != nil,
                let snapshot = try await snapshots.snapshot(id, as: credentials),
                request.sourceVolumeID.isEmpty || snapshot.source.description == request.sourceVolumeID
            else { return ListSnapshotsResponse() }
            return ListSnapshotsResponse(entries: [.init(snapshot: CSI.Snapshot(snapshot))])
        }
        var source: VolumeID?
        if !request.sourceVolumeID.isEmpty {
            source = VolumeID(request.sourceVolumeID)
            guard let source, clusters.cluster(source.cluster) != nil else { return ListSnapshotsResponse() }
        }
        let page = try await snapshots.snapshots(of: source, after: last, limit: limit, as: credentials)
        return ListSnapshotsResponse(
            entries: page.entries.map { .init(snapshot: CSI.Snapshot($0)) },
            nextToken: ListToken.make(page.next)
        )
    }

    /// One snapshot.
    public func getSnapshot(_ request: GetSnapshotRequest) async throws -> GetSnapshotResponse {
        let text = try RequestRules.required(request.snapshotID, "snapshot_id", limit: RequestRules.maximumPath)
        RPCContext.current?.annotate("snapshot", DisplayText.quotable(text))
        let credentials = try RequestSecrets.optionalController(request.secrets.exposed)
        guard let id = SnapshotID(text), clusters.cluster(id.cluster) != nil,
            let snapshot = try await snapshots.snapshot(id, as: credentials)
        else {
            throw VolumeError.notFound("snapshot_id: no such snapshot: \(DisplayText.quotable(text))")
        }
        return GetSnapshotResponse(snapshot: CSI.Snapshot(snapshot))
    }
}

/// The parameters of a VolumeSnapshotClass: there are none but the sidecars' own.
enum SnapshotParameters {
    static func check(_ parameters: [String: String]) throws {
        try RequestRules.bounded(parameters, "parameters")
        for name in parameters.keys.sorted() where !name.begins(with: RequestRules.kubernetesPrefix) {
            throw VolumeError.invalid(
                field: "parameters[\(DisplayText.quotable(name))]",
                fix: "unknown parameter: a VolumeSnapshotClass of this driver has none"
            )
        }
    }
}

extension ContentSource {
    /// Where a CreateVolume request takes its content from; nil for an empty volume.
    ///
    /// - Throws: ``VolumeError/notFound(_:)`` for an id that this plugin can't have issued.
    init?(_ source: CSI.VolumeContentSource?) throws {
        switch source?.type {
        case nil:
            guard source == nil else {
                throw VolumeError.invalid(field: "volume_content_source", fix: "must name a snapshot or a volume")
            }
            return nil
        case .snapshot(let snapshot):
            self = .snapshot(try Self.id(snapshot.snapshotID, of: "snapshot"))
        case .volume(let volume):
            self = .volume(try Self.id(volume.volumeID, of: "volume"))
        }
    }

    /// The id of a source of that kind; ids of snapshots are of the same form as volumes'.
    private static func id(_ text: String, of kind: String) throws -> VolumeID {
        let field = "volume_content_source.\(kind).\(kind)_id"
        let text = try RequestRules.required(text, field, limit: RequestRules.maximumPath)
        guard let id = VolumeID(text) else {
            throw VolumeError.notFound("volume_content_source: no such \(kind): \(DisplayText.quotable(text))")
        }
        return id
    }
}

extension CSI.Snapshot {
    /// The answer for `snapshot`. It can be used as soon as it is there.
    init(_ snapshot: Volumes.Snapshot) {
        self.init(
            sizeBytes: snapshot.size,
            snapshotID: snapshot.id.description,
            sourceVolumeID: snapshot.source.description,
            creationTime: Timestamp(seconds: snapshot.createdSeconds, nanoseconds: snapshot.createdNanoseconds),
            readyToUse: true,
            groupSnapshotID: snapshot.group?.description ?? ""
        )
    }
}
