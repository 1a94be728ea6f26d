// Generated from proto/csi.proto by scripts/generate; do not edit.

/// Volumes and snapshots as the storage cluster sees them; may run on any machine.
public protocol ControllerService: Sendable {
    /// Makes a volume, or returns the one that an earlier call with the same name made.
    func createVolume(_ request: CreateVolumeRequest) async throws -> CreateVolumeResponse

    /// Deletes a volume; succeeds when there is none.
    func deleteVolume(_ request: DeleteVolumeRequest) async throws -> DeleteVolumeResponse

    /// Makes a volume available to one node ("attach").
    func controllerPublishVolume(_ request: ControllerPublishVolumeRequest) async throws
        -> ControllerPublishVolumeResponse

    /// Withdraws a volume from one node, or from all; succeeds when it was not published.
    func controllerUnpublishVolume(_ request: ControllerUnpublishVolumeRequest) async throws
        -> ControllerUnpublishVolumeResponse

    /// Confirms that an existing volume has all of the capabilities asked for.
    func validateVolumeCapabilities(_ request: ValidateVolumeCapabilitiesRequest) async throws
        -> ValidateVolumeCapabilitiesResponse

    /// All volumes, page by page.
    func listVolumes(_ request: ListVolumesRequest) async throws -> ListVolumesResponse

    /// Room left for new volumes of a given kind.
    func getCapacity(_ request: GetCapacityRequest) async throws -> GetCapacityResponse

    /// Which optional calls of this service work.
    func controllerGetCapabilities(_ request: ControllerGetCapabilitiesRequest) async throws
        -> ControllerGetCapabilitiesResponse

    /// Takes a snapshot of a volume, or returns the one that an earlier call with the same name took.
    func createSnapshot(_ request: CreateSnapshotRequest) async throws -> CreateSnapshotResponse

    /// Deletes a snapshot; succeeds when there is none.
    func deleteSnapshot(_ request: DeleteSnapshotRequest) async throws -> DeleteSnapshotResponse

    /// All snapshots, or those of one volume, or one of them, page by page.
    func listSnapshots(_ request: ListSnapshotsRequest) async throws -> ListSnapshotsResponse

    /// One snapshot by its id. Alpha.
    func getSnapshot(_ request: GetSnapshotRequest) async throws -> GetSnapshotResponse

    /// Grows a volume.
    func controllerExpandVolume(_ request: ControllerExpandVolumeRequest) async throws -> ControllerExpandVolumeResponse

    /// One volume by its id, with its condition. Alpha.
    func controllerGetVolume(_ request: ControllerGetVolumeRequest) async throws -> ControllerGetVolumeResponse

    /// Changes the mutable parameters of a volume.
    func controllerModifyVolume(_ request: ControllerModifyVolumeRequest) async throws -> ControllerModifyVolumeResponse
}

extension ControllerService {
    /// Throws ``UnimplementedMethod``.
    public func createVolume(_: CreateVolumeRequest) async throws -> CreateVolumeResponse {
        throw UnimplementedMethod(path: "/csi.v1.Controller/CreateVolume")
    }

    /// Throws ``UnimplementedMethod``.
    public func deleteVolume(_: DeleteVolumeRequest) async throws -> DeleteVolumeResponse {
        throw UnimplementedMethod(path: "/csi.v1.Controller/DeleteVolume")
    }

    /// Throws ``UnimplementedMethod``.
    public func controllerPublishVolume(_: ControllerPublishVolumeRequest) async throws
        -> ControllerPublishVolumeResponse
    {
        throw UnimplementedMethod(path: "/csi.v1.Controller/ControllerPublishVolume")
    }

    /// Throws ``UnimplementedMethod``.
    public func controllerUnpublishVolume(_: ControllerUnpublishVolumeRequest) async throws
        -> ControllerUnpublishVolumeResponse
    {
        throw UnimplementedMethod(path: "/csi.v1.Controller/ControllerUnpublishVolume")
    }

    /// Throws ``UnimplementedMethod``.
    public func validateVolumeCapabilities(_: ValidateVolumeCapabilitiesRequest) async throws
        -> ValidateVolumeCapabilitiesResponse
    {
        throw UnimplementedMethod(path: "/csi.v1.Controller/ValidateVolumeCapabilities")
    }

    /// Throws ``UnimplementedMethod``.
    public func listVolumes(_: ListVolumesRequest) async throws -> ListVolumesResponse {
        throw UnimplementedMethod(path: "/csi.v1.Controller/ListVolumes")
    }

    /// Throws ``UnimplementedMethod``.
    public func getCapacity(_: GetCapacityRequest) async throws -> GetCapacityResponse {
        throw UnimplementedMethod(path: "/csi.v1.Controller/GetCapacity")
    }

    /// Throws ``UnimplementedMethod``.
    public func controllerGetCapabilities(_: ControllerGetCapabilitiesRequest) async throws
        -> ControllerGetCapabilitiesResponse
    {
        throw UnimplementedMethod(path: "/csi.v1.Controller/ControllerGetCapabilities")
    }

    /// Throws ``UnimplementedMethod``.
    public func createSnapshot(_: CreateSnapshotRequest) async throws -> CreateSnapshotResponse {
        throw UnimplementedMethod(path: "/csi.v1.Controller/CreateSnapshot")
    }

    /// Throws ``UnimplementedMethod``.
    public func deleteSnapshot(_: DeleteSnapshotRequest) async throws -> DeleteSnapshotResponse {
        throw UnimplementedMethod(path: "/csi.v1.Controller/DeleteSnapshot")
    }

    /// Throws ``UnimplementedMethod``.
    public func listSnapshots(_: ListSnapshotsRequest) async throws -> ListSnapshotsResponse {
        throw UnimplementedMethod(path: "/csi.v1.Controller/ListSnapshots")
    }

    /// Throws ``UnimplementedMethod``.
    public func getSnapshot(_: GetSnapshotRequest) async throws -> GetSnapshotResponse {
        throw UnimplementedMethod(path: "/csi.v1.Controller/GetSnapshot")
    }

    /// Throws ``UnimplementedMethod``.
    public func controllerExpandVolume(_: ControllerExpandVolumeRequest) async throws -> ControllerExpandVolumeResponse
    {
        throw UnimplementedMethod(path: "/csi.v1.Controller/ControllerExpandVolume")
    }

    /// Throws ``UnimplementedMethod``.
    public func controllerGetVolume(_: ControllerGetVolumeRequest) async throws -> ControllerGetVolumeResponse {
        throw UnimplementedMethod(path: "/csi.v1.Controller/ControllerGetVolume")
    }

    /// Throws ``UnimplementedMethod``.
    public func controllerModifyVolume(_: ControllerModifyVolumeRequest) async throws -> ControllerModifyVolumeResponse
    {
        throw UnimplementedMethod(path: "/csi.v1.Controller/ControllerModifyVolume")
    }

    /// Every method of the service, to be registered with a server.
    public var methods: [CSIMethod] {
        [
            CSIMethod("/csi.v1.Controller/CreateVolume", createVolume),
            CSIMethod("/csi.v1.Controller/DeleteVolume", deleteVolume),
            CSIMethod("/csi.v1.Controller/ControllerPublishVolume", controllerPublishVolume),
            CSIMethod("/csi.v1.Controller/ControllerUnpublishVolume", controllerUnpublishVolume),
            CSIMethod("/csi.v1.Controller/ValidateVolumeCapabilities", validateVolumeCapabilities),
            CSIMethod("/csi.v1.Controller/ListVolumes", listVolumes),
            CSIMethod("/csi.v1.Controller/GetCapacity", getCapacity),
            CSIMethod("/csi.v1.Controller/ControllerGetCapabilities", controllerGetCapabilities),
            CSIMethod("/csi.v1.Controller/CreateSnapshot", createSnapshot),
            CSIMethod("/csi.v1.Controller/DeleteSnapshot", deleteSnapshot),
            CSIMethod("/csi.v1.Controller/ListSnapshots", listSnapshots),
            CSIMethod("/csi.v1.Controller/GetSnapshot", getSnapshot),
            CSIMethod("/csi.v1.Controller/ControllerExpandVolume", controllerExpandVolume),
            CSIMethod("/csi.v1.Controller/ControllerGetVolume", controllerGetVolume),
            CSIMethod("/csi.v1.Controller/ControllerModifyVolume", controllerModifyVolume),
        ]
    }
}
