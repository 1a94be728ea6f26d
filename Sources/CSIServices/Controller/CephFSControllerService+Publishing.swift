import CSI
import GRPCServer
import Volumes

extension CephFSControllerService {
    /// Lets a node use a volume: writes it down, and hands the node the volume's user, sealed to the node's own key.
    public func controllerPublishVolume(
        _ request: ControllerPublishVolumeRequest
    ) async throws -> ControllerPublishVolumeResponse {
        let text = try RequestRules.required(request.volumeID, "volume_id", limit: RequestRules.maximumPath)
        RPCContext.current?.annotate("volume", DisplayText.quotable(text))
        let nodeText = try RequestRules.required(request.nodeID, "node_id", limit: RequestRules.maximumNodeID)
        let usage = try VolumeCapabilities.usage(request.volumeCapability, "volume_capability")
        try RequestRules.bounded(request.volumeContext, "volume_context")
        let readOnly = request.readonly || usage.readOnly
        var context = readOnly ? [PublishContext.readOnly: "true"] : [:]
        // Nobody attaches a static volume: whoever has its node-stage secret may mount it.
        if try VolumeLocation(staticContext: request.volumeContext, clusters: clusters) != nil {
            statics.published(text, to: try node(nodeText), context: request.volumeContext)
            return ControllerPublishVolumeResponse(publishContext: context)
        }
        guard let id = VolumeID(text), clusters.cluster(id.cluster) != nil else {
            throw VolumeError.notFound("volume_id: no such volume: \(DisplayText.quotable(text))")
        }
        let node = try node(nodeText)
        RPCContext.current?.annotate("node", DisplayText.quotable(node.name))
        let provisioner = try RequestSecrets.controller(request.secrets.exposed)
        try refuseUnusableKey(of: node)
        let user = try await issuer.admit(
            AdmissionRequest(
                volume: id,
                node: node.name,
                nodeID: node.description,
                mode: try CredentialsMode(volumeContext: request.volumeContext),
                readOnly: readOnly,
                singleNode: usage.singleNode
            ),
            as: provisioner,
            fencer: RequestSecrets.fencer(request.secrets.exposed)
        )
        // From its admission on it stays where it is.
        if request.volumeContext[VolumeContext.backingSnapshot] == "true",
            let source = try await issuer.shallowSource(of: id, as: provisioner)
        {
            context[PublishContext.path] = source.path
            context[PublishContext.snapshot] = source.snapshot
        }
        return ControllerPublishVolumeResponse(publishContext: try sealed(user, text, node, context))
    }

    /// Ends a node's use of a volume; with `credentials: node` the node can't reach it any more when this answers.
    public func controllerUnpublishVolume(
        _ request: ControllerUnpublishVolumeRequest
    ) async throws -> ControllerUnpublishVolumeResponse {
        let text = try RequestRules.required(request.volumeID, "volume_id", limit: RequestRules.maximumPath)
        RPCContext.current?.annotate("volume", DisplayText.quotable(text))
        // A node whose plugin was set up anew has another key and still the same name.
        let node = request.nodeID.isEmpty ? nil : NodeIdentity(request.nodeID)?.name ?? request.nodeID
        let isStatic = statics.unpublished(text, from: node)
        // Static volumes have any id, and nothing was written down about them.
        guard !isStatic, let id = VolumeID(text) else { return ControllerUnpublishVolumeResponse() }
        let provisioner = try RequestSecrets.optionalController(request.secrets.exposed)
        guard clusters.cluster(id.cluster) != nil else {
            throw VolumeError.preconditionFailed(
                "volume_id: the configuration has no cluster \(id.cluster); add it, so that the volume can be "
                    + "detached from the node"
            )
        }
        if let node { RPCContext.current?.annotate("node", DisplayText.quotable(node)) }
        try await issuer.dismiss(
            id,
            node: request.nodeID.isEmpty ? nil : request.nodeID,
            as: provisioner,
            fencer: RequestSecrets.fencer(request.secrets.exposed)
        )
        return ControllerUnpublishVolumeResponse()
    }

    private func node(_ text: String) throws -> NodeIdentity {
        guard let node = NodeIdentity(text) else {
            throw VolumeError.notFound(
                "node_id: \(DisplayText.quotable(text)) is not a node of this plugin: use the id that the node's "
                    + "NodeGetInfo returns, its name and its public key"
            )
        }
        return node
    }

    /// Before anything is written down: a key that nothing can be sealed to would leave an attachment and a user that nobody
    /// has.
    private func refuseUnusableKey(of node: NodeIdentity) throws {
        guard seal([0], node.publicKey) == nil else { return }
        throw VolumeError.invalid(
            field: "node_id",
            fix:
                "the public key of \(DisplayText.quotable(node.name)) can't be used for sealing: it must be what the "
                + "node's NodeGetInfo "
                + "returns"
        )
    }

    private func sealed(
        _ user: CephCredentials?,
        _ volumeID: String,
        _ node: NodeIdentity,
        _ context: [String: String]
    ) throws -> [String: String] {
        guard let user else { return context }
        var context = context
        context[PublishContext.credentials] = try CredentialEnvelope.seal(
            user,
            volumeID: volumeID,
            for: node,
            with: seal
        )
        return context
    }
}
