import CSI
import GRPCServer
import Volumes

/// CSI's Node service (spec, "Node Service RPC"): checks a request, asks the mounts, answers.
public struct CephFSNodeService: NodeService {
    let node: NodeIdentity
    private let topology: Volumes.Topology?
    let clusters: any ClusterDirectory
    private let mounts: any NodeMounts
    let open: CredentialEnvelope.Open

    /// - Parameters:
    ///   - node: This node's name and public key.
    ///   - topology: Where it is; nil when nobody says.
    ///   - clusters: The configuration's clusters.
    ///   - mounts: Mounts on this node.
    ///   - open: Opens what was sealed for this node's key.
    public init(
        node: NodeIdentity,
        topology: Volumes.Topology? = nil,
        clusters: any ClusterDirectory,
        mounts: any NodeMounts,
        open: @escaping CredentialEnvelope.Open
    ) {
        self.node = node
        self.topology = topology
        self.clusters = clusters
        self.mounts = mounts
        self.open = open
    }

    /// Mounts the volume at the staging path.
    public func nodeStageVolume(_ request: NodeStageVolumeRequest) async throws -> NodeStageVolumeResponse {
        let volumeID = try volumeID(request.volumeID)
        let stagingPath = try RequestRules.nodePath(request.stagingTargetPath, "staging_target_path")
        let usage = try VolumeCapabilities.usage(request.volumeCapability, "volume_capability")
        try await mounts.stage(
            stageRequest(
                volumeID: volumeID,
                stagingPath: stagingPath,
                usage: usage,
                volumeContext: request.volumeContext,
                publishContext: request.publishContext,
                secrets: request.secrets.exposed
            )
        )
        return NodeStageVolumeResponse()
    }

    /// Unmounts the staging path.
    public func nodeUnstageVolume(_ request: NodeUnstageVolumeRequest) async throws -> NodeUnstageVolumeResponse {
        let volumeID = try volumeID(request.volumeID)
        let stagingPath = try RequestRules.nodePath(request.stagingTargetPath, "staging_target_path")
        try await mounts.unstage(volumeID: volumeID, stagingPath: stagingPath)
        return NodeUnstageVolumeResponse()
    }

    /// Binds the staged volume to a pod's path.
    public func nodePublishVolume(_ request: NodePublishVolumeRequest) async throws -> NodePublishVolumeResponse {
        let volumeID = try volumeID(request.volumeID)
        let targetPath = try RequestRules.nodePath(request.targetPath, "target_path")
        let usage = try VolumeCapabilities.usage(request.volumeCapability, "volume_capability")
        try VolumeContext.refuseInline(request.volumeContext)
        guard !request.stagingTargetPath.isEmpty else {
            // The spec's own code for it: the volume has not been staged (NodePublishVolumeRequest.staging_target_path).
            throw VolumeError.preconditionFailed("staging_target_path: missing: stage the volume first")
        }
        let stagingPath = try RequestRules.nodePath(request.stagingTargetPath, "staging_target_path")
        try await mounts.publish(
            PublishRequest(
                volumeID: volumeID,
                stagingPath: stagingPath,
                targetPath: targetPath,
                readOnly: try request.readonly || usage.readOnly || PublishContext.isReadOnly(request.publishContext),
                exclusive: usage.exclusive,
                restage: { restage(request, volumeID: volumeID, stagingPath: stagingPath, usage: usage) }
            )
        )
        return NodePublishVolumeResponse()
    }

    /// Unbinds a pod's path and removes it.
    public func nodeUnpublishVolume(_ request: NodeUnpublishVolumeRequest) async throws -> NodeUnpublishVolumeResponse {
        let volumeID = try volumeID(request.volumeID)
        let targetPath = try RequestRules.nodePath(request.targetPath, "target_path")
        try await mounts.unpublish(volumeID: volumeID, targetPath: targetPath)
        return NodeUnpublishVolumeResponse()
    }

    /// Bytes and inodes of a mounted volume, and whether its mount works.
    public func nodeGetVolumeStats(_ request: NodeGetVolumeStatsRequest) async throws -> NodeGetVolumeStatsResponse {
        let volumeID = try volumeID(request.volumeID)
        let found = try await statistics(volumeID: volumeID, path: request.volumePath)
        return NodeGetVolumeStatsResponse(
            usage: found.usage.map { usage in
                [
                    .init(
                        available: usage.availableBytes,
                        total: usage.totalBytes,
                        used: usage.usedBytes,
                        unit: .bytes
                    ),
                    .init(used: usage.usedInodes, unit: .inodes),
                ]
            } ?? [],
            volumeCondition: .init(abnormal: found.condition.isAbnormal, message: found.condition.message)
        )
    }

    /// Staging, statistics, sizes, and the access modes that tell one writer from several.
    public func nodeGetCapabilities(_ request: NodeGetCapabilitiesRequest) async throws -> NodeGetCapabilitiesResponse {
        let types: [NodeServiceCapability.RPC.Kind] = [
            .stageUnstageVolume, .getVolumeStats, .expandVolume, .singleNodeMultiWriter, .volumeCondition,
        ]
        return NodeGetCapabilitiesResponse(
            capabilities: types.map { NodeServiceCapability(type: .rpc(.init(type: $0))) }
        )
    }

    /// The node's id, which is its name and its public key, and where it is.
    public func nodeGetInfo(_ request: NodeGetInfoRequest) async throws -> NodeGetInfoResponse {
        NodeGetInfoResponse(nodeID: node.description, accessibleTopology: topology.map { CSI.Topology($0) })
    }

    /// What is mounted at a request's `volume_path`.
    func statistics(volumeID: String, path: String) async throws -> VolumeStatistics {
        let path = try RequestRules.required(path, "volume_path", limit: RequestRules.maximumPath)
        // Nothing is published at a path that can't be one, and for "no volume there" the spec has a code of its own.
        guard let path = try? RequestRules.nodePath(path, "volume_path") else {
            throw VolumeError.notFound("volume_path: no volume is mounted at \(DisplayText.quotable(path))")
        }
        return try await mounts.statistics(volumeID: volumeID, path: path)
    }

    /// Static volumes have any id, so only presence and length are checked, and the log learns what the call is about.
    func volumeID(_ text: String) throws -> String {
        let id = try RequestRules.required(text, "volume_id", limit: RequestRules.maximumPath)
        RPCContext.current?.annotate("volume", DisplayText.quotable(id))
        return id
    }
}
