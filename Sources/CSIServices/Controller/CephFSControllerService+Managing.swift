import CSI
import GRPCServer
import Volumes

extension CephFSControllerService {
    /// Grows a volume's quota. Clients see it at once, so nodes have nothing to do.
    public func controllerExpandVolume(
        _ request: ControllerExpandVolumeRequest
    ) async throws -> ControllerExpandVolumeResponse {
        let id = try existingID(request.volumeID)
        guard let range = request.capacityRange else {
            throw VolumeError.invalid(field: "capacity_range", fix: "missing: it is required")
        }
        if let capability = request.volumeCapability {
            _ = try VolumeCapabilities.usage(capability, "volume_capability")
        }
        let wanted = try Volumes.CapacityRange(range)
        let credentials = try changer(of: id, request.secrets.exposed)
        let capacity = try await manager.expand(id, to: wanted, as: credentials)
        // A volume without a limit has whatever is asked for.
        return ControllerExpandVolumeResponse(
            capacityBytes: (capacity ?? wanted.chosen)?.bytes ?? 0,
            nodeExpansionRequired: false
        )
    }

    /// Changes a volume's mutable parameters.
    public func controllerModifyVolume(
        _ request: ControllerModifyVolumeRequest
    ) async throws -> ControllerModifyVolumeResponse {
        let id = try existingID(request.volumeID)
        let changes = try MutableParameters.changes(request.mutableParameters)
        let credentials = try changer(of: id, request.secrets.exposed)
        try await manager.modify(id, changes, as: credentials)
        return ControllerModifyVolumeResponse()
    }

    /// Volumes of every cluster and group, then static ones that are published, with the nodes that have them.
    public func listVolumes(_ request: ListVolumesRequest) async throws -> ListVolumesResponse {
        let limit = try ListToken.limit(request.maxEntries)
        var entries: [ListVolumesResponse.Entry] = []
        var lastStatic: String?
        switch try ListToken.place(request.startingToken) {
        case .statics(let last): lastStatic = last
        case .volumes(let last):
            let page = try await manager.volumes(after: last, limit: limit)
            entries = page.entries.map { .init(volume: listed($0.volume), status: .init($0)) }
            if let next = page.next {
                return ListVolumesResponse(entries: entries, nextToken: ListToken.make(.volumes(after: next)))
            }
        }
        let rest = statics.entries(after: lastStatic, limit: limit - entries.count)
        entries += rest.entries.map { .init(volume: CSI.Volume($0), status: .init($0)) }
        let place = ListToken.Place.statics(after: rest.entries.last?.handle ?? lastStatic)
        return ListVolumesResponse(entries: entries, nextToken: rest.hasMore ? ListToken.make(place) : "")
    }

    /// One volume with the nodes that have it.
    public func controllerGetVolume(_ request: ControllerGetVolumeRequest) async throws -> ControllerGetVolumeResponse {
        if let entry = statics.entry(request.volumeID) {
            return ControllerGetVolumeResponse(
                volume: CSI.Volume(entry),
                status: .init(publishedNodeIDs: entry.nodes, volumeCondition: CSI.VolumeCondition(entry))
            )
        }
        let id = try existingID(request.volumeID)
        guard let details = try await manager.details(id) else { throw noSuchVolume(request.volumeID) }
        return ControllerGetVolumeResponse(
            volume: listed(details.volume),
            status: .init(
                publishedNodeIDs: details.nodes,
                volumeCondition: .init(abnormal: details.condition.isAbnormal, message: details.condition.message)
            )
        )
    }

    /// What is left for new volumes of a StorageClass. A question without parameters is about all clusters; the answer is
    /// the one with most room and not the sum, for two entries may be roots of one Ceph cluster.
    public func getCapacity(_ request: GetCapacityRequest) async throws -> GetCapacityResponse {
        try RequestRules.bounded(request.parameters, "parameters")
        let parameters = try VolumeParameters(request.parameters)
        if !request.volumeCapabilities.isEmpty {
            do {
                try VolumeCapabilities.check(request.volumeCapabilities)
            } catch VolumeError.invalid {
                // What the plugin can't make there is no room for.
                return GetCapacityResponse()
            }
        }
        var available: Int64 = 0
        let placement = try Placement(request.accessibleTopology, field: "accessible_topology")
        for cluster in try placement.order(named(parameters)) {
            let bytes = try await manager.availableBytes(
                cluster: cluster.id,
                filesystem: cluster.filesystem,
                dataPool: parameters.properties.dataPool
            )
            available = max(available, bytes)
        }
        return GetCapacityResponse(
            availableCapacity: available,
            maximumVolumeSize: Capacity.maximum,
            minimumVolumeSize: Capacity.granule
        )
    }

    /// Whom a change is made as. A PersistentVolume names the secret that its StorageClass named when it was made, so one
    /// of a class without an expand secret brings none: nil, where the configuration names a user for such calls.
    private func changer(of id: VolumeID, _ secrets: [String: String]) throws -> CephCredentials? {
        guard secrets.isEmpty, clusters.cluster(id.cluster)?.keyFile != nil else {
            return try RequestSecrets.controller(secrets)
        }
        return nil
    }

    private func listed(_ volume: Volumes.Volume) -> CSI.Volume {
        var answer = CSI.Volume(volume)
        answer.accessibleTopology = accessibleTopology(of: volume.id)
        return answer
    }

    private func existingID(_ text: String) throws -> VolumeID {
        let text = try RequestRules.required(text, "volume_id", limit: RequestRules.maximumPath)
        RPCContext.current?.annotate("volume", DisplayText.quotable(text))
        guard let id = VolumeID(text), clusters.cluster(id.cluster) != nil else { throw noSuchVolume(text) }
        return id
    }
}

extension CSI.Volume {
    /// A volume as a list shows it: what its StorageClass chose for nodes is not written down with it.
    init(_ volume: Volumes.Volume) {
        self.init(
            capacityBytes: volume.capacity?.bytes ?? 0,
            volumeID: volume.id.description,
            volumeContext: [
                VolumeContext.cluster: volume.id.cluster,
                VolumeContext.filesystem: volume.id.filesystem,
            ]
        )
        if volume.isShallow {
            volumeContext[VolumeContext.backingSnapshot] = "true"
        } else {
            volumeContext[VolumeContext.path] = volume.dataPath
        }
    }
}

extension CSI.Volume {
    /// A static volume as a list shows it.
    init(_ entry: StaticAttachments.Entry) {
        self.init(capacityBytes: 0, volumeID: entry.handle, volumeContext: entry.context)
    }
}

extension ListVolumesResponse.VolumeStatus {
    /// The nodes and the condition of a volume.
    init(_ details: VolumeDetails) {
        self.init(
            publishedNodeIDs: details.nodes,
            volumeCondition: .init(abnormal: details.condition.isAbnormal, message: details.condition.message)
        )
    }

    /// The nodes of a static volume.
    init(_ entry: StaticAttachments.Entry) {
        self.init(publishedNodeIDs: entry.nodes, volumeCondition: CSI.VolumeCondition(entry))
    }
}

extension CSI.VolumeCondition {
    /// Nothing is known here about a static volume's directory.
    fileprivate init(_ entry: StaticAttachments.Entry) {
        self.init(abnormal: false, message: "a static volume: the nodes that mount it see its condition")
    }
}
