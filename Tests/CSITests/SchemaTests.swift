import CSI
import Testing

/// Counts and selected facts of CSI 1.12: they change only with the version of the specification.
@Suite struct SchemaTests {
    @Test func `the schema has the size of CSI 1.12`() throws {
        let facts = try Reference.facts()
        #expect(
            facts.services.mapValues(\.count) == [
                "Identity": 3, "Controller": 15, "GroupController": 4, "SnapshotMetadata": 2, "Node": 8,
            ]
        )
        #expect(facts.messages.count == 94)
        #expect(facts.fields == 196)
        #expect(facts.oneofs == 6)
        #expect(facts.enums.count == 8)
        #expect(facts.enums.values.reduce(0) { $0 + $1.count } == 47)
        #expect(facts.secrets.count == 19)
        #expect(facts.alpha.count == 21)
    }

    @Test func `every message of the schema has a Swift type`() throws {
        #expect(try Set(allMessages.map { $0.messageType.name }) == Set(Reference.facts().messages))
    }

    @Test func `fields stand at the numbers of the specification`() {
        #expect(VolumeCapability(accessMode: .init(mode: .singleNodeMultiWriter)).encoded() == [0x1A, 2, 0x08, 7])
        #expect(NodeUnpublishVolumeRequest(targetPath: "/t").encoded() == [0x12, 2, 0x2F, 0x74])
        #expect(NodePublishVolumeRequest(readonly: true).encoded() == [0x30, 1])
        #expect(NodeGetInfoResponse(maxVolumesPerNode: 5).encoded() == [0x10, 5])
        #expect(GetCapacityResponse(minimumVolumeSize: 4).encoded() == [0x1A, 2, 0x08, 4])
        #expect(Snapshot(readyToUse: true).encoded() == [0x28, 1])
        #expect(
            CreateVolumeRequest(mutableParameters: ["k": "v"]).encoded() == [0x42, 6, 0x0A, 1, 0x6B, 0x12, 1, 0x76]
        )
    }

    @Test func `enum values have the numbers of the specification`() {
        #expect(ControllerServiceCapability.RPC.Kind.getSnapshot.rawValue == 15)
        #expect(ControllerServiceCapability.RPC.Kind.singleNodeMultiWriter.rawValue == 13)
        #expect(NodeServiceCapability.RPC.Kind.volumeMountGroup.rawValue == 6)
        #expect(PluginCapability.Service.Kind.snapshotMetadataService.rawValue == 4)
        #expect(VolumeUsage.Unit.inodes.rawValue == 2)
        #expect(VolumeCapability.AccessMode.Mode(rawValue: 6) == .singleNodeSingleWriter)
    }
}
