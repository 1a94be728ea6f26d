// Generated from proto/csi.proto by scripts/generate; do not edit.

/// Volumes as one machine sees them: staging, publishing, statistics. Runs on every node.
public protocol NodeService: Sendable {
    /// Mounts a volume once for this node, at a staging directory.
    func nodeStageVolume(_ request: NodeStageVolumeRequest) async throws -> NodeStageVolumeResponse

    /// Undoes staging; succeeds when nothing is staged.
    func nodeUnstageVolume(_ request: NodeUnstageVolumeRequest) async throws -> NodeUnstageVolumeResponse

    /// Makes a volume appear at the path that a workload uses.
    func nodePublishVolume(_ request: NodePublishVolumeRequest) async throws -> NodePublishVolumeResponse

    /// Undoes publishing and removes the target; succeeds when nothing is there.
    func nodeUnpublishVolume(_ request: NodeUnpublishVolumeRequest) async throws -> NodeUnpublishVolumeResponse

    /// Usage and condition of a volume at a path where it is staged or published.
    func nodeGetVolumeStats(_ request: NodeGetVolumeStatsRequest) async throws -> NodeGetVolumeStatsResponse

    /// Finishes on this node what expanding a volume needs there.
    func nodeExpandVolume(_ request: NodeExpandVolumeRequest) async throws -> NodeExpandVolumeResponse

    /// Which optional calls of this service work.
    func nodeGetCapabilities(_ request: NodeGetCapabilitiesRequest) async throws -> NodeGetCapabilitiesResponse

    /// Id, limits and topology of this node.
    func nodeGetInfo(_ request: NodeGetInfoRequest) async throws -> NodeGetInfoResponse
}

extension NodeService {
    /// Throws ``UnimplementedMethod``.
    public func nodeStageVolume(_: NodeStageVolumeRequest) async throws -> NodeStageVolumeResponse {
        throw UnimplementedMethod(path: "/csi.v1.Node/NodeStageVolume")
    }

    /// Throws ``UnimplementedMethod``.
    public func nodeUnstageVolume(_: NodeUnstageVolumeRequest) async throws -> NodeUnstageVolumeResponse {
        throw UnimplementedMethod(path: "/csi.v1.Node/NodeUnstageVolume")
    }

    /// Throws ``UnimplementedMethod``.
    public func nodePublishVolume(_: NodePublishVolumeRequest) async throws -> NodePublishVolumeResponse {
        throw UnimplementedMethod(path: "/csi.v1.Node/NodePublishVolume")
    }

    /// Throws ``UnimplementedMethod``.
    public func nodeUnpublishVolume(_: NodeUnpublishVolumeRequest) async throws -> NodeUnpublishVolumeResponse {
        throw UnimplementedMethod(path: "/csi.v1.Node/NodeUnpublishVolume")
    }

    /// Throws ``UnimplementedMethod``.
    public func nodeGetVolumeStats(_: NodeGetVolumeStatsRequest) async throws -> NodeGetVolumeStatsResponse {
        throw UnimplementedMethod(path: "/csi.v1.Node/NodeGetVolumeStats")
    }

    /// Throws ``UnimplementedMethod``.
    public func nodeExpandVolume(_: NodeExpandVolumeRequest) async throws -> NodeExpandVolumeResponse {
        throw UnimplementedMethod(path: "/csi.v1.Node/NodeExpandVolume")
    }

    /// Throws ``UnimplementedMethod``.
    public func nodeGetCapabilities(_: NodeGetCapabilitiesRequest) async throws -> NodeGetCapabilitiesResponse {
        throw UnimplementedMethod(path: "/csi.v1.Node/NodeGetCapabilities")
    }

    /// Throws ``UnimplementedMethod``.
    public func nodeGetInfo(_: NodeGetInfoRequest) async throws -> NodeGetInfoResponse {
        throw UnimplementedMethod(path: "/csi.v1.Node/NodeGetInfo")
    }

    /// Every method of the service, to be registered with a server.
    public var methods: [CSIMethod] {
        [
            CSIMethod("/csi.v1.Node/NodeStageVolume", nodeStageVolume),
            CSIMethod("/csi.v1.Node/NodeUnstageVolume", nodeUnstageVolume),
            CSIMethod("/csi.v1.Node/NodePublishVolume", nodePublishVolume),
            CSIMethod("/csi.v1.Node/NodeUnpublishVolume", nodeUnpublishVolume),
            CSIMethod("/csi.v1.Node/NodeGetVolumeStats", nodeGetVolumeStats),
            CSIMethod("/csi.v1.Node/NodeExpandVolume", nodeExpandVolume),
            CSIMethod("/csi.v1.Node/NodeGetCapabilities", nodeGetCapabilities),
            CSIMethod("/csi.v1.Node/NodeGetInfo", nodeGetInfo),
        ]
    }
}
