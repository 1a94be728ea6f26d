import CSI
import Testing

/// Bytes that no well-behaved client sends.
@Suite struct WireTests {
    private let malformed = ProtobufError.malformed(message: "csi.v1.CreateVolumeRequest")

    @Test(
        arguments: [
            ("a tag without a value", [0x0A]),
            ("a length without bytes", [0x0A, 5]),
            ("a length beyond the end", [0x0A, 5, 0x61]),
            ("a length of 2^63", [0x0A, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01]),
            ("a varint that never ends", [UInt8](repeating: 0xFF, count: 20)),
            ("field number 0", [0x02, 0]),
            ("a group's start", [0x7B]),
            ("a group's end", [0x7C]),
            ("wire type 6", [0x7E]),
            ("a string field as a varint", [0x08, 1]),
            ("a string field as 64 bits", [0x09, 0, 0, 0, 0, 0, 0, 0, 0]),
            ("a message field as a varint", [0x10, 1]),
            ("a message field with rubbish inside", [0x12, 2, 0xFF, 0xFF]),
            ("a map entry cut short", [0x22, 3, 0x0A, 9, 0x61]),
        ] as [(String, [UInt8])]
    )
    func `malformed bytes are refused`(_ fault: String, _ bytes: [UInt8]) {
        #expect(throws: malformed, "\(fault)") { try CreateVolumeRequest(decoding: bytes) }
    }

    @Test func `unknown fields of every wire type are ignored`() throws {
        let known = DeleteVolumeRequest(volumeID: "v")
        let unknown: [[UInt8]] = [
            [0x98, 0x06, 0x96, 0x01], [0x99, 0x06, 1, 2, 3, 4, 5, 6, 7, 8], [0x9A, 0x06, 3, 0x61, 0, 0xFF],
            [0x9D, 0x06, 1, 2, 3, 4],
        ]
        for bytes in unknown {
            #expect(try DeleteVolumeRequest(decoding: bytes + known.encoded()) == known)
            #expect(try DeleteVolumeRequest(decoding: known.encoded() + bytes) == known)
        }
    }

    @Test func `an unknown field of any depth is skipped without descending into it`() throws {
        var nested: [UInt8] = []
        for _ in 0..<1500 {
            let length = nested.count
            nested =
                [0x9A, 0x06, UInt8(length & 0x7F) | 0x80, UInt8(length >> 7 & 0x7F) | 0x80, UInt8(length >> 14)]
                + nested
        }
        #expect(try DeleteVolumeRequest(decoding: nested) == DeleteVolumeRequest())
    }

    @Test func `of a field sent twice the last value counts`() throws {
        let first = ControllerExpandVolumeRequest(volumeID: "a", capacityRange: .init(requiredBytes: 1))
        let second = ControllerExpandVolumeRequest(volumeID: "b", capacityRange: .init(requiredBytes: 2))
        #expect(try ControllerExpandVolumeRequest(decoding: first.encoded() + second.encoded()) == second)
    }

    @Test func `of a message sent in parts, strings, lists and messages are put together`() throws {
        let first = CreateVolumeResponse(
            volume: Volume(volumeID: "v", accessibleTopology: [.init(segments: ["a": "1"])])
        )
        let second = CreateVolumeResponse(
            volume: Volume(volumeContext: ["k": "v"], accessibleTopology: [.init(segments: ["b": "2"])])
        )
        let whole = CreateVolumeResponse(
            volume: Volume(
                volumeID: "v",
                volumeContext: ["k": "v"],
                accessibleTopology: [.init(segments: ["a": "1"]), .init(segments: ["b": "2"])]
            )
        )
        #expect(try CreateVolumeResponse(decoding: first.encoded() + second.encoded()) == whole)
    }

    /// Where protobuf-c departs from other implementations. No client sends such bytes; whoever reads this test
    /// because it fails after an update of protobuf-c may just turn it around.
    @Test func `protobuf-c's leniencies are these`() throws {
        let first = CreateVolumeRequest(capacityRange: .init(limitBytes: 9)).encoded()
        let second = CreateVolumeRequest(capacityRange: .init(requiredBytes: 2)).encoded()
        let parts = try CreateVolumeRequest(decoding: first + second).capacityRange
        #expect(parts == CapacityRange(requiredBytes: 2), "numbers of a message sent in parts are not merged")
        let mount = try VolumeCapability(decoding: [0x12, 3, 0x0A, 1, 0x61, 0x12, 3, 0x1A, 1, 0x62]).accessType
        #expect(mount == .mount(.init(volumeMountGroup: "b")), "the parts of a oneof's message replace each other")
        let bool = try ControllerExpandVolumeResponse(decoding: [0x15, 0, 1, 0, 0])
        #expect(bool.nodeExpansionRequired, "a truth value is accepted with any wire type")
        let number = try NodeGetInfoResponse(decoding: [0x80, 0x80, 0x80, 0x80, 0x20, 0, 0x10, 5])
        #expect(number.maxVolumesPerNode == 5, "a field number above the largest one is an unknown field")
        let overwritten = try DeleteVolumeRequest(decoding: [0x0A, 1, 0xFF, 0x0A, 1, 0x61])
        #expect(overwritten.volumeID == "a", "a string that a later one replaces is not looked at")
    }

    @Test func `of a oneof's cases the last one sent counts`() throws {
        let mount = VolumeCapability(accessType: .mount(.init(fsType: "ceph"))).encoded()
        let block = VolumeCapability(accessType: .block(.init())).encoded()
        #expect(try VolumeCapability(decoding: mount + block).accessType == .block(.init()))
        #expect(try VolumeCapability(decoding: block + mount).accessType == .mount(.init(fsType: "ceph")))
    }

    @Test func `of map entries with the same key the last one counts, and what is left out is empty`() throws {
        let entries: [UInt8] = [0x0A, 6, 0x0A, 1, 0x6B, 0x12, 1, 0x31, 0x0A, 6, 0x0A, 1, 0x6B, 0x12, 1, 0x32]
        #expect(try Topology(decoding: entries).segments == ["k": "2"])
        #expect(try Topology(decoding: [0x0A, 0]).segments == ["": ""])
        #expect(try Topology(decoding: [0x0A, 3, 0x0A, 1, 0x6B]).segments == ["k": ""])
    }

    @Test func `presence is kept where the schema has it`() throws {
        #expect(try ProbeResponse(decoding: []).ready == nil)
        #expect(try ProbeResponse(decoding: [0x0A, 0]).ready == false)
        #expect(ProbeResponse(ready: false).encoded() == [0x0A, 0])
        #expect(ProbeResponse(ready: true).encoded() == [0x0A, 2, 0x08, 1])
        #expect(try CreateVolumeRequest(decoding: [0x12, 0]).capacityRange == CapacityRange())
        #expect(try CreateVolumeRequest(decoding: []).capacityRange == nil)
        #expect(try VolumeCapability(decoding: [0x0A, 0]).accessType == .block(.init()))
        #expect(try VolumeCapability(decoding: []).accessType == nil)
    }

    @Test func `an enum number that the schema does not know is kept`() throws {
        for number: Int32 in [8, 1000, -1, .min, .max] {
            let mode = VolumeCapability.AccessMode(mode: .unrecognized(number))
            #expect(try VolumeCapability.AccessMode(decoding: mode.encoded()) == mode)
        }
    }

    @Test func `equal messages give equal bytes`() {
        let keys = (0..<200).map { "key \($0)" }
        let one = Topology(segments: Dictionary(uniqueKeysWithValues: keys.map { ($0, "v") }))
        let other = Topology(segments: Dictionary(uniqueKeysWithValues: keys.shuffled().map { ($0, "v") }))
        #expect(one.encoded() == other.encoded())
    }
}
