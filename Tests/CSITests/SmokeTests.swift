import CSI
import Testing

@Test func `a request survives encoding and decoding`() throws {
    let request = CreateVolumeRequest(
        name: "pvc-1",
        capacityRange: CapacityRange(requiredBytes: 1 << 30, limitBytes: 2 << 30),
        volumeCapabilities: [
            VolumeCapability(
                accessType: .mount(.init(fsType: "ceph", mountFlags: ["noatime", "ro"], volumeMountGroup: "12")),
                accessMode: .init(mode: .multiNodeMultiWriter)
            )
        ],
        parameters: ["cluster": "a", "group": "b"],
        secrets: ["userKey": "hunter2"],
        volumeContentSource: VolumeContentSource(type: .snapshot(.init(snapshotID: "s"))),
        accessibilityRequirements: TopologyRequirement(requisite: [Topology(segments: ["zone": "z"])])
    )
    #expect(try CreateVolumeRequest(decoding: request.encoded()) == request)
    #expect("\(request)".contains("hunter2") == false)
    #expect(try GetCapacityResponse(decoding: GetCapacityResponse(maximumVolumeSize: 0).encoded()).maximumVolumeSize == 0)
}
