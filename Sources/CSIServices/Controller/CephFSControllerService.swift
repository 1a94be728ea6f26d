import CSI
import GRPCServer
import Volumes

/// CSI's Controller service (spec, "Controller Service RPC"): checks a request, asks the provisioner, answers.
public struct CephFSControllerService: ControllerService {
    let clusters: any ClusterDirectory
    let naming: VolumeNaming
    let provisioner: any VolumeProvisioner
    let issuer: any CredentialIssuer
    let manager: any VolumeManager
    let snapshots: any SnapshotManager
    let seal: CredentialEnvelope.Seal
    let statics: StaticAttachments
    private var offersPublishing = true

    /// - Parameters:
    ///   - clusters: The configuration's clusters.
    ///   - naming: Leads from a CSI name to a volume id.
    ///   - provisioner: Makes and removes volumes.
    ///   - issuer: Makes and removes the users that nodes mount volumes with.
    ///   - manager: MountProbes at volumes and changes them.
    ///   - snapshots: Takes and removes snapshots.
    ///   - statics: Static volumes that are published; shared with the process's ``CephFSGroupControllerService``.
    ///   - seal: Seals such a user for a node.
    public init(
        clusters: any ClusterDirectory,
        naming: VolumeNaming,
        provisioner: any VolumeProvisioner,
        issuer: any CredentialIssuer,
        manager: any VolumeManager,
        snapshots: any SnapshotManager,
        statics: StaticAttachments,
        seal: @escaping CredentialEnvelope.Seal
    ) {
        self.clusters = clusters
        self.naming = naming
        self.provisioner = provisioner
        self.issuer = issuer
        self.manager = manager
        self.snapshots = snapshots
        self.statics = statics
        self.seal = seal
    }

    /// Makes a volume, or finds the one that an equal request made.
    public func createVolume(_ request: CreateVolumeRequest) async throws -> CreateVolumeResponse {
        let name = try RequestRules.name(request.name)
        try VolumeCapabilities.check(request.volumeCapabilities)
        try RequestRules.bounded(request.parameters, "parameters")
        let parameters = try VolumeParameters(request.parameters)
        if parameters.isShallow { try ShallowVolumes.check(request, parameters) }
        let changes = try MutableParameters.changes(request.mutableParameters)
        let capacity = try Volumes.CapacityRange(request.capacityRange)
        try refuseStatic(request.volumeContentSource)
        let source = try ContentSource(request.volumeContentSource)
        let credentials = try RequestSecrets.controller(request.secrets.exposed)
        let id = try await place(request, parameters, as: credentials)
        RPCContext.current?.annotate("volume", id.description)
        var spec = VolumeSpec(
            id: id,
            requestName: name,
            capacity: capacity,
            properties: parameters.properties,
            source: source,
            isShallow: parameters.isShallow,
            changes: changes
        )
        // csi.proto: the mutable parameters take precedence over the parameters.
        if let pool = changes.dataPool { spec.properties.dataPool = pool }
        let volume = try await MutableParameters.naming(changes) { try await provisioner.create(spec, as: credentials) }
        var answer = CSI.Volume(volume, parameters, request.volumeContentSource)
        answer.accessibleTopology = accessibleTopology(of: volume.id)
        return CreateVolumeResponse(volume: answer)
    }

    /// Removes a volume. An id that this plugin can't have issued names nothing, so there is nothing to remove.
    public func deleteVolume(_ request: DeleteVolumeRequest) async throws -> DeleteVolumeResponse {
        let text = try RequestRules.required(request.volumeID, "volume_id", limit: RequestRules.maximumPath)
        RPCContext.current?.annotate("volume", DisplayText.quotable(text))
        guard let id = VolumeID(text) else { return DeleteVolumeResponse() }
        let credentials = try RequestSecrets.optionalController(request.secrets.exposed)
        // Success here would tell the CO that the data is gone while it still lies on a cluster we no longer know.
        guard clusters.cluster(id.cluster) != nil else {
            throw VolumeError.preconditionFailed(
                "volume_id: the configuration has no cluster \(id.cluster); add it, so that the volume can be removed"
            )
        }
        try await provisioner.delete(id, as: credentials, patience: detachPatience)
        return DeleteVolumeResponse()
    }

    /// How long a deletion waits for nodes to be detached: Kubernetes lets a claim's volume go when its last pod is gone,
    /// and detaches it when the kubelet has said so, which it does every 10 s (`nodeStatusUpdateFrequency`). Short of
    /// the call's deadline, so that the answer can say who has the volume.
    private var detachPatience: Duration {
        guard let deadline = RPCContext.current?.deadline else { return .zero }
        return max(.zero, min(Self.longestDetachPatience, deadline - .now - .seconds(1)))
    }

    private static let longestDetachPatience = Duration.seconds(30)

    /// Confirms capabilities, parameters and context of an existing volume, or says which of them does not hold.
    public func validateVolumeCapabilities(
        _ request: ValidateVolumeCapabilitiesRequest
    ) async throws -> ValidateVolumeCapabilitiesResponse {
        let text = try RequestRules.required(request.volumeID, "volume_id", limit: RequestRules.maximumPath)
        RPCContext.current?.annotate("volume", DisplayText.quotable(text))
        guard !request.volumeCapabilities.isEmpty else {
            throw VolumeError.invalid(field: "volume_capabilities", fix: "missing: at least one is required")
        }
        let volume = try await existing(text, request)
        do {
            try VolumeCapabilities.check(request.volumeCapabilities)
            if volume?.isShallow == true { try ShallowVolumes.checkReadOnly(request.volumeCapabilities) }
            try refuseDifference(of: request, from: volume)
        } catch let VolumeError.invalid(field, fix) {
            return ValidateVolumeCapabilitiesResponse(message: "\(field): \(fix)")
        }
        return ValidateVolumeCapabilitiesResponse(
            confirmed: .init(
                volumeContext: request.volumeContext,
                volumeCapabilities: request.volumeCapabilities,
                parameters: request.parameters,
                mutableParameters: request.mutableParameters
            )
        )
    }

    /// All that makes sense for a file system.
    public func controllerGetCapabilities(
        _ request: ControllerGetCapabilitiesRequest
    ) async throws -> ControllerGetCapabilitiesResponse {
        let types: [ControllerServiceCapability.RPC.Kind] = [
            .createDeleteVolume, .publishUnpublishVolume, .publishReadonly, .singleNodeMultiWriter, .expandVolume,
            .modifyVolume, .listVolumes, .listVolumesPublishedNodes, .getVolume, .volumeCondition, .getCapacity,
            .createDeleteSnapshot, .listSnapshots, .getSnapshot, .cloneVolume,
        ]
        let offered = types.filter { offersPublishing || !Self.publishing.contains($0) }
        return ControllerGetCapabilitiesResponse(
            capabilities: offered.map { ControllerServiceCapability(type: .rpc(.init(type: $0))) }
        )
    }
}

extension CephFSControllerService {
    /// The same service as csi-provisioner is to see it: it does not say that it publishes volumes.
    ///
    /// csi-provisioner does not ask for the deletion of a volume that has a VolumeAttachment (`canDeleteVolume` in its
    /// controller.go): it reports a failure and tries again after a time that doubles. It leaves that question to the
    /// plugin when the plugin does not publish, and ``deleteVolume(_:)`` waits for nodes that are being detached.
    public var withoutPublishing: Self {
        var service = self
        service.offersPublishing = false
        return service
    }

    private static let publishing: Set<ControllerServiceCapability.RPC.Kind> = [
        .publishUnpublishVolume, .publishReadonly, .listVolumesPublishedNodes,
    ]

    /// The volume that an id names, static ones included; nil for a static one, which has no record.
    private func existing(
        _ text: String,
        _ request: ValidateVolumeCapabilitiesRequest
    ) async throws -> Volumes.Volume? {
        let credentials = try RequestSecrets.controller(request.secrets.exposed)
        if let location = try VolumeLocation(staticContext: request.volumeContext, clusters: clusters) {
            let exists = try await provisioner.pathExists(
                location.path,
                cluster: location.cluster.id,
                filesystem: location.filesystem,
                as: credentials
            )
            guard exists else {
                throw VolumeError.notFound(
                    "volume_context[path]: no such directory (files and symbolic links don't count): \(location.path)"
                )
            }
            return nil
        }
        guard let id = VolumeID(text), clusters.cluster(id.cluster) != nil,
            let volume = try await provisioner.volume(id, as: credentials)
        else {
            throw VolumeError.notFound("volume_id: no such volume: \(DisplayText.quotable(text))")
        }
        return volume
    }

    private func refuseDifference(
        of request: ValidateVolumeCapabilitiesRequest,
        from volume: Volumes.Volume?
    ) throws {
        guard let volume else { return }
        _ = try MutableParameters.changes(request.mutableParameters)
        if !request.parameters.isEmpty {
            let parameters = try VolumeParameters(request.parameters)
            guard parameters.properties == volume.properties else {
                throw VolumeError.invalid(field: "parameters", fix: "the volume was created with \(volume.properties)")
            }
            guard parameters.isShallow == volume.isShallow else {
                throw VolumeError.invalid(
                    field: "parameters[backingSnapshot]",
                    fix: "the volume was created with \(volume.isShallow)"
                )
            }
        }
        if let path = request.volumeContext[VolumeContext.path], path != volume.dataPath {
            throw VolumeError.invalid(field: "volume_context[path]", fix: "the volume's is \(volume.dataPath)")
        }
    }
}

extension Volumes.CapacityRange {
    /// The request's range; none is no demand.
    init(_ range: CSI.CapacityRange?) throws {
        guard let range else {
            self = .any
            return
        }
        try self.init(required: range.requiredBytes, limit: range.limitBytes)
    }
}

extension CSI.Volume {
    /// The answer for `volume`: its context is all that a node needs beside the secret.
    init(_ volume: Volumes.Volume, _ parameters: VolumeParameters, _ source: VolumeContentSource?) {
        self.init(
            capacityBytes: volume.capacity?.bytes ?? 0,
            volumeID: volume.id.description,
            volumeContext: VolumeContext.make(
                volume,
                mounter: parameters.mounter,
                credentials: parameters.credentials,
                kernelOptions: parameters.kernelOptions,
                fuseOptions: parameters.fuseOptions
            ),
            contentSource: source
        )
    }
}
