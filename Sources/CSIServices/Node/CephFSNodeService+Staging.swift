import CSI
import Volumes

extension CephFSNodeService {
    /// What to mount where and as whom, put together from everything that a request brings.
    func stageRequest(
        volumeID: String,
        stagingPath: String,
        usage: VolumeCapabilities.Usage,
        volumeContext: [String: String],
        publishContext: [String: String],
        secrets: [String: String]
    ) throws -> StageRequest {
        try RequestRules.bounded(publishContext, "publish_context")
        let location = try VolumeLocation(
            volumeID: volumeID,
            context: volumeContext,
            publishContext: publishContext,
            clusters: clusters
        )
        return StageRequest(
            volumeID: volumeID,
            cluster: location.cluster,
            filesystem: location.filesystem,
            path: location.path,
            credentials: try user(of: location, volumeID, publishContext, secrets),
            stagingPath: stagingPath,
            mounter: location.mounter,
            options: location.cluster.mountOptions + usage.mountFlags,
            kernelOptions: location.cluster.kernelMountOptions + location.kernelOptions,
            fuseOptions: location.cluster.fuseMountOptions + location.fuseOptions,
            readOnly: try usage.readOnly || PublishContext.isReadOnly(publishContext) || location.snapshot != nil,
            snapshot: location.snapshot
        )
    }

    /// How to stage the volume again, should its mount turn out to be dead: kubelet stages a volume once and then only
    /// publishes it, to the next pod. Nil when the call does not bring a user (a shared one comes with a node-publish
    /// secret only); publishing a mount that works needs none.
    func restage(
        _ request: NodePublishVolumeRequest,
        volumeID: String,
        stagingPath: String,
        usage: VolumeCapabilities.Usage
    ) -> StageRequest? {
        try? stageRequest(
            volumeID: volumeID,
            stagingPath: stagingPath,
            usage: usage,
            volumeContext: request.volumeContext,
            publishContext: request.publishContext,
            secrets: request.secrets.exposed
        )
    }

    private func user(
        of location: VolumeLocation,
        _ volumeID: String,
        _ publishContext: [String: String],
        _ secrets: [String: String]
    ) throws -> CephCredentials {
        guard location.credentials != .shared else { return try RequestSecrets.node(secrets) }
        guard let text = publishContext[PublishContext.credentials] else {
            throw VolumeError.preconditionFailed(
                "publish_context[credentials] is missing: with `credentials: \(location.credentials.rawValue)` the "
                    + "volume must be attached before it is staged (CSIDriver: attachRequired: true, and the "
                    + "external-attacher beside the controller)"
            )
        }
        return try CredentialEnvelope.open(text, volumeID: volumeID, on: node, with: open)
    }
}
