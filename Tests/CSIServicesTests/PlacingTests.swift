import CSI
import Testing
import Volumes

@testable import CSIServices

private typealias Place = Volumes.Topology

@Suite("Volumes are made where the orchestrator can reach them") struct PlacingTests {
    private let provisioner: RecordingProvisioner
    private let clusters: FixedClusters

    init() throws { (provisioner, clusters) = (RecordingProvisioner(), try Self.clusters()) }

    private static func clusters() throws -> FixedClusters {
        let places = ["east": ["zone=a", "zone=b"], "west": ["zone=c,rack=1"]]
        return FixedClusters(
            clusters: try ["east", "west", "anywhere"].map { id in
                let topologies = try (places[id] ?? []).map { try #require(Place(text: $0)) }
                return Cluster(id: id, monitors: ["127.0.0.1:6789"], topologies: topologies)
            }
        )
    }

    private func service(_ provisioner: RecordingProvisioner) -> CephFSControllerService {
        CephFSControllerService.sample(clusters, provisioner: provisioner)
    }

    private static func places(_ texts: [String]) throws -> [CSI.Topology] {
        try texts.map { CSI.Topology(try #require(Place(text: $0))) }
    }

    /// The cluster that a volume comes to.
    private func cluster(
        _ preferred: [String],
        requisite: [String] = [],
        parameters: [String: String] = [:],
        _ provisioner: RecordingProvisioner? = nil
    ) async throws -> CSI.Volume {
        let requirement = TopologyRequirement(
            requisite: try Self.places(requisite),
            preferred: try Self.places(preferred)
        )
        let request = createRequest {
            $0.accessibilityRequirements = requirement
            $0.parameters = parameters
        }
        return try #require(try await service(provisioner ?? self.provisioner).createVolume(request).volume)
    }

    @Test(
        arguments: [
            (["zone=b"], [], "east"), (["zone=c,rack=1"], [], "west"), (["zone=c,rack=2"], [], "anywhere"),
            (["zone=d"], [], "anywhere"), ([], ["zone=c,rack=1", "zone=a"], "west"),
            (["zone=a"], ["zone=c,rack=1", "zone=a"], "east"),
        ]
    )
    func `the first cluster that serves the most preferred place gets the volume`(
        _ preferred: [String],
        _ requisite: [String],
        _ cluster: String
    ) async throws {
        let volume = try await self.cluster(preferred, requisite: requisite)
        #expect(volume.volumeID.hasPrefix("\(cluster):"))
        #expect(volume.accessibleTopology == clusters.cluster(cluster)?.topologies.map { CSI.Topology($0) })
    }

    @Test func `a cluster that can't be reached from there is refused as full, not replaced`() async throws {
        await #expect {
            _ = try await cluster(["zone=c,rack=1"], parameters: ["cluster": "east"])
        } throws: { error in
            guard case .capacityExhausted(let text) = error as? VolumeError else { return false }
            return text.contains("accessibility_requirements") && text.contains("east") && text.contains("zone=c")
        }
        #expect(provisioner.created.isEmpty)
    }

    @Test func `without places a cluster has to be named where there are several`() async throws {
        await #expect {
            _ = try await service(provisioner).createVolume(createRequest())
        } throws: { error in
            guard case .invalid(let field, _) = error as? VolumeError else { return false }
            return field == "parameters[cluster]"
        }
    }

    @Test func `a file system chooses among the entries by theirs`() async throws {
        let monitors = ["127.0.0.1:6789"]
        let clusters = FixedClusters(
            clusters: [("a", "cephfs"), ("b", "archive"), ("c", "cephfs")].map {
                Cluster(id: $0.0, monitors: monitors, filesystem: $0.1)
            }
        )
        let service = CephFSControllerService.sample(clusters, provisioner: provisioner)
        func place(_ parameters: [String: String]) async throws -> String {
            let request = createRequest { $0.parameters = parameters }
            return String(try #require(try await service.createVolume(request).volume).volumeID.prefix { $0 != ":" })
        }
        #expect(try await place(["filesystem": "archive"]) == "b")
        #expect(try await place(["filesystem": "cephfs", "cluster": "c"]) == "c")
        let wrong = [
            (["filesystem": "cephfs"], "parameters[cluster]", "a, c"),
            (["filesystem": "archive", "cluster": "a"], "parameters[filesystem]", "a: cephfs"),
            (["filesystem": "none"], "parameters[filesystem]", "a: cephfs, b: archive, c: cephfs"),
        ]
        for (parameters, field, text) in wrong {
            await #expect {
                _ = try await place(parameters)
            } throws: { error in
                guard case .invalid(field, let fix) = error as? VolumeError else { return false }
                return fix.contains(text)
            }
            let capacity = GetCapacityRequest(parameters: parameters)
            // A question about all that can be meant has an answer.
            if field != "parameters[cluster]" {
                await #expect(throws: VolumeError.self) { _ = try await service.getCapacity(capacity) }
            }
        }
    }

    @Test func `a volume that is there is found wherever the places now point to`() async throws {
        let id = try #require(VolumeID(cluster: "anywhere", filesystem: "cephfs", group: "csi", volume: "pvc-1"))
        let known = Volume(
            id: id,
            requestName: "pvc-1",
            capacity: nil,
            dataPath: "/volumes/csi/pvc-1/data",
            properties: .init()
        )
        let volume = try await cluster(["zone=a"], RecordingProvisioner(known: known))
        #expect(volume.volumeID == id.description)
    }

    @Test(arguments: [["": "a"], ["zone": ""], ["zone": "a b"], [:]])
    func `a place that is none is refused by its field`(_ segments: [String: String]) async throws {
        let request = createRequest {
            $0.accessibilityRequirements = TopologyRequirement(preferred: [CSI.Topology(segments: segments)])
        }
        await #expect {
            _ = try await service(provisioner).createVolume(request)
        } throws: { error in
            guard case .invalid(let field, _) = error as? VolumeError else { return false }
            return field == "accessibility_requirements.preferred[0].segments"
        }
    }

    @Test func `what is preferred must be among what is required`() async throws {
        await #expect {
            _ = try await cluster(["zone=a"], requisite: ["zone=b"])
        } throws: { error in
            guard case .invalid(let field, _) = error as? VolumeError else { return false }
            return field == "accessibility_requirements.preferred"
        }
    }

    @Test func `capacity is asked for of clusters in reach`() async throws {
        let place = try Self.places(["zone=c,rack=1"])[0]
        let east = GetCapacityRequest(parameters: ["cluster": "east"], accessibleTopology: place)
        #expect(try await service(provisioner).getCapacity(east).availableCapacity == 0)
        let west = GetCapacityRequest(parameters: ["cluster": "west"], accessibleTopology: place)
        #expect(try await service(provisioner).getCapacity(west).availableCapacity > 0)
    }
}
