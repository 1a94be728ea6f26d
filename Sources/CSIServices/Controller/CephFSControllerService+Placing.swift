import CSI
import Volumes

extension CephFSControllerService {
    /// The id that a CreateVolume request leads to: on the cluster that it names, or on one that its topology allows.
    func place(
        _ request: CreateVolumeRequest,
        _ parameters: VolumeParameters,
        as credentials: CephCredentials
    ) async throws -> VolumeID {
        let placement = try Placement(request.accessibilityRequirements)
        let candidates = try candidates(parameters, placement)
        let allowed = placement.order(candidates)
        guard let best = allowed.first else {
            let places = placement.places.map(\.description).joined(separator: "; ")
            throw VolumeError.capacityExhausted(
                "accessibility_requirements: no cluster (\(candidates.map(\.id).joined(separator: ", "))) can be "
                    + "reached from \(DisplayText.quotable(places)); see topology in the configuration"
            )
        }
        // What is preferred may have changed since the last try: a second volume would be lost to the orchestrator.
        for cluster in allowed where allowed.count > 1 {
            let id = try id(request.name, parameters, on: cluster)
            if try await exists(id, as: credentials) { return id }
        }
        return try id(request.name, parameters, on: best)
    }

    /// The clusters that a request may mean. Without topologies only one can be meant.
    private func candidates(_ parameters: VolumeParameters, _ placement: Placement) throws -> [Cluster] {
        let named = try named(parameters)
        return placement.places.isEmpty ? [try clusters.only(of: named, field: "parameters[cluster]")] : named
    }

    /// The clusters that parameters leave to choose from. A file system is a part of a cluster's entry, as its root is:
    /// that is where the caps of its provisioner end, and what lists show.
    func named(_ parameters: VolumeParameters) throws -> [Cluster] {
        let named =
            if let id = parameters.cluster {
                [try clusters.resolve(id, field: "parameters[cluster]")]
            } else {
                clusters.clusterIDs.compactMap(clusters.cluster)
            }
        guard let filesystem = parameters.filesystem else { return named }
        let matching = named.filter { $0.filesystem == filesystem }
        guard matching.isEmpty else { return matching }
        let known = named.map { "\($0.id): \($0.filesystem)" }.joined(separator: ", ")
        throw VolumeError.invalid(
            field: "parameters[filesystem]",
            fix: "no file system \(filesystem) in the configuration (\(known)); "
                + "give it an entry of its own, or correct the name"
        )
    }

    private func id(_ name: String, _ parameters: VolumeParameters, on cluster: Cluster) throws -> VolumeID {
        try naming.id(
            name: name,
            cluster: cluster.id,
            filesystem: cluster.filesystem,
            group: parameters.group ?? cluster.group
        )
    }

    private func exists(_ id: VolumeID, as credentials: CephCredentials) async throws -> Bool {
        do {
            return try await provisioner.volume(id, as: credentials) != nil
        } catch let error as VolumeError {
            switch error {
            // Of several clusters a user may know this one or not.
            case .unauthenticated, .permissionDenied: return false
            default: throw error
            }
        }
    }

    /// Where a volume can be reached from, for an answer.
    func accessibleTopology(of id: VolumeID) -> [CSI.Topology] {
        (clusters.cluster(id.cluster)?.topologies ?? []).map { CSI.Topology($0) }
    }
}
