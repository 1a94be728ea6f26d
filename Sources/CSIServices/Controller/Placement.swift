import CSI
import Volumes

/// Where a request lets a volume be, and what that leaves of the configuration's clusters (CSI spec,
/// `TopologyRequirement`).
struct Placement: Sendable {
    /// Places in the order of preference; the volume has to be reachable from one of them. Empty: anywhere.
    let places: [Volumes.Topology]

    /// The place of a question about one; none, or one without segments, is no demand.
    init(_ topology: CSI.Topology?, field: String) throws {
        guard let topology, !topology.segments.isEmpty else {
            places = []
            return
        }
        places = [try Volumes.Topology(topology, field: field)]
    }

    /// - Throws: ``VolumeError/invalid(field:fix:)`` for a place that is none.
    init(_ requirement: TopologyRequirement?) throws {
        guard let requirement else {
            places = []
            return
        }
        let field = "accessibility_requirements"
        let preferred = try requirement.preferred.enumerated().map {
            try Volumes.Topology($0.element, field: "\(field).preferred[\($0.offset)]")
        }
        let requisite = try requirement.requisite.enumerated().map {
            try Volumes.Topology($0.element, field: "\(field).requisite[\($0.offset)]")
        }
        guard requisite.isEmpty || preferred.allSatisfy(requisite.contains) else {
            throw VolumeError.invalid(field: "\(field).preferred", fix: "must be among those in requisite")
        }
        places = preferred + requisite.filter { !preferred.contains($0) }
    }

    /// Those of `clusters` that a volume may be made on, the best first.
    func order(_ clusters: [Cluster]) -> [Cluster] {
        guard !places.isEmpty else { return clusters }
        var ordered: [Cluster] = []
        for place in places {
            ordered += clusters.filter { $0.isReachable(from: place) && !ordered.contains($0) }
        }
        return ordered
    }
}

extension Volumes.Topology {
    /// - Throws: ``VolumeError/invalid(field:fix:)`` for what is no place.
    init(_ topology: CSI.Topology, field: String) throws {
        guard let valid = Volumes.Topology(segments: topology.segments) else {
            throw VolumeError.invalid(
                field: "\(field).segments",
                fix: "must have at least one domain with its segment, each 1 to 63 of A-Z a-z 0-9 - _ ."
            )
        }
        self = valid
    }
}

extension CSI.Topology {
    /// The place in CSI's words.
    init(_ topology: Volumes.Topology) { self.init(segments: topology.segments) }
}
