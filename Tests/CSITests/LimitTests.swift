import CSI
import Foundation
import ProtobufBridge
import Testing

@Suite struct LimitTests {
    @Test func `a message is refused from the first byte beyond the limit`() throws {
        let message = DeleteVolumeRequest(volumeID: String(repeating: "x", count: 97)).encoded()
        try #require(message.count == 99)
        let limits = DecodingLimits(messageBytes: 99, memoryBytes: 1 << 20)
        _ = try DeleteVolumeRequest(decoding: message, limits: limits)
        #expect(throws: ProtobufError.tooLarge(message: "csi.v1.DeleteVolumeRequest", limit: 98)) {
            try DeleteVolumeRequest(decoding: message, limits: .init(messageBytes: 98, memoryBytes: 1 << 20))
        }
    }

    @Test func `a small message that unpacks to a large one is refused`() {
        // 2 bytes on the wire for each struct, its pointer and protobuf-c's own record of the field.
        let hostile = [[UInt8]](repeating: [0x1A, 0], count: 2 << 20).flatMap(\.self)
        #expect(throws: ProtobufError.tooLarge(message: "csi.v1.CreateVolumeRequest", limit: 32 << 20)) {
            try CreateVolumeRequest(decoding: hostile)
        }
    }

    @Test func `a full list of volumes fits within the standard limits`() throws {
        let volume = Volume(
            capacityBytes: 1 << 40,
            volumeID: String(repeating: "i", count: 100),
            volumeContext: ["path": String(repeating: "p", count: 60)]
        )
        let list = ListVolumesResponse(entries: Array(repeating: .init(volume: volume), count: 20_000))
        let encoded = list.encoded()
        try #require(encoded.count > 3 << 20 && encoded.count < 4 << 20)
        #expect(try ListVolumesResponse(decoding: encoded) == list)
    }

    @Test func `decoding and encoding leave nothing allocated, whether they succeed or fail`() async {
        // A process of its own: other tests would change its memory.
        await #expect(processExitsWith: .success) {
            let request = fullRequest()
            let good = request.encoded()
            var badText = request
            badText.volumeCapabilities.append(.init(accessType: .mount(.init(fsType: "\0"))))
            let cut = Array(good.dropLast(3))
            let failing = [badText.encoded(), cut, good + [0x0A, 0xFF, 0xFF, 0x03], [0x10, 1]]
            func work(_ rounds: Int) throws {
                for _ in 0..<rounds {
                    _ = try CreateVolumeRequest(decoding: good).encoded()
                    for bytes in failing {
                        #expect(throws: ProtobufError.self) { try CreateVolumeRequest(decoding: bytes) }
                    }
                }
            }
            try work(500)
            let before = try residentBytes()
            try work(5000)
            // One message leaked in each round would be more than 10 MiB.
            let growth = try residentBytes() - before
            try #require(growth < 2 << 20, "grew by \(growth) bytes")
        }
    }
}

private func fullRequest() -> CreateVolumeRequest {
    CreateVolumeRequest(
        name: String(repeating: "n", count: 2000),
        volumeCapabilities: Array(repeating: .init(accessType: .mount(.init(mountFlags: ["a", "b"]))), count: 4),
        parameters: ["a": "b"],
        secrets: ["userID": "u", "userKey": "k"]
    )
}

private func residentBytes() throws -> Int {
    let fields = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " ")
    return try #require(Int(fields[1])) * 4096
}
