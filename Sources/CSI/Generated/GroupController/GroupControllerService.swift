// Generated from proto/csi.proto by scripts/generate; do not edit.

/// Snapshots of several volumes taken at the same moment.
public protocol GroupControllerService: Sendable {
    /// Which optional calls of this service work.
    func groupControllerGetCapabilities(_ request: GroupControllerGetCapabilitiesRequest) async throws
        -> GroupControllerGetCapabilitiesResponse

    /// Takes a snapshot of each of several volumes at one moment, idempotent by name.
    func createVolumeGroupSnapshot(_ request: CreateVolumeGroupSnapshotRequest) async throws
        -> CreateVolumeGroupSnapshotResponse

    /// Deletes a group snapshot with all its members; succeeds when there is none.
    func deleteVolumeGroupSnapshot(_ request: DeleteVolumeGroupSnapshotRequest) async throws
        -> DeleteVolumeGroupSnapshotResponse

    /// One group snapshot by its id.
    func getVolumeGroupSnapshot(_ request: GetVolumeGroupSnapshotRequest) async throws -> GetVolumeGroupSnapshotResponse
}

extension GroupControllerService {
    /// Throws ``UnimplementedMethod``.
    public func groupControllerGetCapabilities(_: GroupControllerGetCapabilitiesRequest) async throws
        -> GroupControllerGetCapabilitiesResponse
    {
        throw UnimplementedMethod(path: "/csi.v1.GroupController/GroupControllerGetCapabilities")
    }

    /// Throws ``UnimplementedMethod``.
    public func createVolumeGroupSnapshot(_: CreateVolumeGroupSnapshotRequest) async throws
        -> CreateVolumeGroupSnapshotResponse
    {
        throw UnimplementedMethod(path: "/csi.v1.GroupController/CreateVolumeGroupSnapshot")
    }

    /// Throws ``UnimplementedMethod``.
    public func deleteVolumeGroupSnapshot(_: DeleteVolumeGroupSnapshotRequest) async throws
        -> DeleteVolumeGroupSnapshotResponse
    {
        throw UnimplementedMethod(path: "/csi.v1.GroupController/DeleteVolumeGroupSnapshot")
    }

    /// Throws ``UnimplementedMethod``.
    public func getVolumeGroupSnapshot(_: GetVolumeGroupSnapshotRequest) async throws -> GetVolumeGroupSnapshotResponse
    {
        throw UnimplementedMethod(path: "/csi.v1.GroupController/GetVolumeGroupSnapshot")
    }

    /// Every method of the service, to be registered with a server.
    public var methods: [CSIMethod] {
        [
            CSIMethod("/csi.v1.GroupController/GroupControllerGetCapabilities", groupControllerGetCapabilities),
            CSIMethod("/csi.v1.GroupController/CreateVolumeGroupSnapshot", createVolumeGroupSnapshot),
            CSIMethod("/csi.v1.GroupController/DeleteVolumeGroupSnapshot", deleteVolumeGroupSnapshot),
            CSIMethod("/csi.v1.GroupController/GetVolumeGroupSnapshot", getVolumeGroupSnapshot),
        ]
    }
}
