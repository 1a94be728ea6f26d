import Testing
import Volumes

@Suite struct GroupSnapshotSpecTests {
    private let naming = VolumeNaming { name in
        // Different names, different digests.
        let sum = name.utf8.reduce(0xcbf2_9ce4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
        let digits = String(sum, radix: 16)
        return String(repeating: "0", count: 64 - digits.count) + digits
    }

    private func spec(_ volumes: [String], _ name: String = "g1") throws -> GroupSnapshotSpec {
        try GroupSnapshotSpec(
            name: name,
            volumes: try volumes.map { try #require(VolumeID($0)) },
            consistency: .frozen,
            naming: naming
        )
    }

    private func refusal(_ volumes: [String]) -> String? {
        do {
            _ = try spec(volumes)
            return nil
        } catch let VolumeError.invalid(field, fix) {
            return "\(field): \(fix)"
        } catch {
            return "\(error)"
        }
    }

    @Test func `the order in which a request names its volumes does not matter`() throws {
        let one = try spec(["c:fs:g:a", "c:fs:g:b"])
        #expect(try spec(["c:fs:g:b", "c:fs:g:a"]) == one)
        #expect(one.id.description == "c:fs:g:g1")
        #expect(one.members.map(\.volume.volume) == ["a", "b"])
    }

    @Test func `a member's id comes from the group snapshot's name and the volume's id`() throws {
        let one = try spec(["c:fs:g:a", "c:fs:g:b"])
        #expect(Set(one.members.map(\.snapshot)).count == 2)
        #expect(one.members.allSatisfy { $0.snapshot.group == "g" && $0.snapshot.volume.hasPrefix("g1-") })
        let other = try spec(["c:fs:g:a"], "g2")
        #expect(other.members[0].snapshot != one.members[0].snapshot)
        #expect(try spec(["c:fs:g:a"]).members[0] == one.members[0])
    }

    @Test func `no volume, one twice, too many, and volumes of different places are refused`() throws {
        #expect(refusal([])?.contains("at least one") == true)
        #expect(refusal(["c:fs:g:a", "c:fs:g:b", "c:fs:g:a"])?.contains("c:fs:g:a is listed twice") == true)
        for stranger in ["d:fs:g:b", "c:other:g:b", "c:fs:h:b"] {
            #expect(refusal(["c:fs:g:a", stranger])?.contains("c:fs:g:a and \(stranger) are not") == true)
        }
        let many = (0...GroupSnapshotSpec.maximumMembers).map { "c:fs:g:v\($0)" }
        #expect(refusal(many)?.contains("has at most 64") == true)
        #expect(refusal(many.dropLast()) == nil)
    }
}
