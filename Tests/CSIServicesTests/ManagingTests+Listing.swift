import CSI
import Testing
import Volumes

@testable import CSIServices

extension ManagingTests {
    @Test func `a page shows volumes with nodes and condition, and its token leads behind the last of them`()
        async throws
    {
        let manager = RecordingManager([try details()])
        let service = service(manager)
        let page = try await service.listVolumes(ListVolumesRequest(maxEntries: 1))
        let entry = try #require(page.entries.first)
        #expect(entry.volume?.volumeID == Self.volume && entry.volume?.capacityBytes == 8 << 20)
        #expect(entry.status?.publishedNodeIDs == ["n1:key"])
        #expect(entry.status?.volumeCondition?.abnormal == true && entry.status?.volumeCondition?.message == "ill")
        #expect(!page.nextToken.isEmpty)
        _ = try await service.listVolumes(ListVolumesRequest(startingToken: page.nextToken))
        #expect(manager.listed.map(\.after) == [nil, entry.volume.flatMap { VolumeID($0.volumeID) }])
        #expect(manager.listed.map(\.limit) == [1, ListToken.pageSize])
    }

    @Test func `pages have no more entries than one answer holds`() throws {
        #expect(try ListToken.limit(0) == ListToken.pageSize)
        #expect(try ListToken.limit(Int32.max) == ListToken.pageSize)
        #expect(try ListToken.limit(7) == 7)
        #expect(throws: VolumeError.self) { try ListToken.limit(-1) }
    }

    @Test(arguments: ["x", "!!!", "cHJvZA", "AAAA", String(repeating: "A", count: 9000)])
    func `a token that is none of ours makes the CO begin anew`(token: String) async throws {
        let service = service()
        let error = await refusal { _ = try await service.listVolumes(ListVolumesRequest(startingToken: token)) }
        guard case .unknownToken = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test func `one volume is shown, another is not found`() async throws {
        let service = service(RecordingManager([try details()]))
        let found = try await service.controllerGetVolume(ControllerGetVolumeRequest(volumeID: Self.volume))
        #expect(found.volume?.volumeID == Self.volume && found.status?.publishedNodeIDs == ["n1:key"])
        let other = ControllerGetVolumeRequest(volumeID: "prod:cephfs:csi:other")
        guard case .notFound = await refusal({ _ = try await service.controllerGetVolume(other) }) else {
            Issue.record("another volume was found")
            return
        }
    }

    @Test func `capacity without a cluster is the largest of all`() async throws {
        let manager = RecordingManager()
        let two = ["a", "b"].map { Cluster(id: $0, monitors: ["127.0.0.1:6789"]) }
        let service = CephFSControllerService.sample(FixedClusters(clusters: two), manager: manager)
        #expect(try await service.getCapacity(GetCapacityRequest()).availableCapacity == 1 << 40)
    }

    @Test func `capacity is what the manager says, and nothing for what can't be made`() async throws {
        let service = service()
        let some = try await service.getCapacity(GetCapacityRequest(volumeCapabilities: [capability()]))
        #expect(some.availableCapacity == 1 << 40 && some.minimumVolumeSize == Capacity.granule)
        let block = VolumeCapability(accessType: .block(.init()), accessMode: .init(mode: .singleNodeWriter))
        #expect(try await service.getCapacity(GetCapacityRequest(volumeCapabilities: [block])).availableCapacity == 0)
        let unknown = GetCapacityRequest(parameters: ["cluster": "nowhere"])
        guard case .invalid("parameters[cluster]", _) = await refusal({ _ = try await service.getCapacity(unknown) })
        else {
            Issue.record("an unknown cluster has a capacity")
            return
        }
    }
}
