import Testing
import Volumes

@testable import CephVolumes

@Suite("The record and the layout") struct VolumeRecordTests {
    private let record = VolumeRecord(
        requestName: "pvc-\"1\"/é",
        group: "csi",
        data: "6f1c",
        capacity: Capacity(bytes: 4 << 20),
        properties: VolumeProperties(mode: 0o2770, uid: .max, gid: 7, dataPool: "slow"),
        created: "20261122T000000Z"
    )

    @Test("a record reads as it was written")
    func roundTrip() throws {
        #expect(try VolumeRecord(text: record.text, path: "/v") == record)
        var plain = record
        plain.capacity = nil
        plain.properties = VolumeProperties()
        #expect(try VolumeRecord(text: plain.text, path: "/v") == plain)
    }

    @Test("a record from before there were namespaces says isolation by path; a word that is not known is refused")
    func isolation() throws {
        let old = record.text.replacing("\"isolation\":\"namespace\",", with: "")
        #expect(old != record.text)
        #expect(try VolumeRecord(text: old, path: "/v").properties.isolation == .path)
        let unknown = record.text.replacing("\"namespace\"", with: "\"fence\"")
        #expect(throws: VolumeError.self) { try VolumeRecord(text: unknown, path: "/v") }
    }

    @Test("members that a later plugin adds are ignored, a later version is refused")
    func versions() throws {
        let more = record.text.dropLast() + ",\"later\":{\"a\":[1]}}"
        #expect(try VolumeRecord(text: String(more), path: "/v") == record)
        let newer = record.text.replacing("\"version\":1", with: "\"version\":2")
        let error = #expect(throws: VolumeError.self) { try VolumeRecord(text: newer, path: "/v") }
        guard case .preconditionFailed = error else { throw Unexpected() }
    }

    @Test(
        "text that is no record, or whose data directory would lead elsewhere, is refused",
        arguments: ["", "{}", "x", "{\"version\":1}", "..", ".", "a/b", "/etc", ""]
    )
    func damaged(_ text: String) throws {
        let asData = record.text.replacing("\"data\":\"6f1c\"", with: "\"data\":\"\(text)\"")
        #expect(throws: VolumeError.self) { try VolumeRecord(text: text, path: "/v") }
        if !text.hasPrefix("{"), text != "x" {
            #expect(throws: VolumeError.self) { try VolumeRecord(text: asData, path: "/v") }
        }
    }

    @Test("a staged attempt is known to be a replica's own, whatever the volume is called")
    func staging() {
        let layout = VolumeLayout(root: "/volumes", group: "csi", volume: "a.b.c")
        let name = layout.stagingName(replica: "r1", attempt: "u")
        #expect(VolumeLayout.isStaged(name, by: "r1"))
        #expect(!VolumeLayout.isStaged(name, by: "r2") && !VolumeLayout.isStaged(name, by: "c"))
        #expect(!VolumeLayout.isStaged("r1", by: "r1") && !VolumeLayout.isStaged("r1.u", by: "r1"))
    }

    @Test("names in the trash sort by time and carry the volume's name")
    func trash() {
        let layout = VolumeLayout(root: "/volumes", group: "csi", volume: "v")
        #expect(layout.trashName(deletedAt: 1_763_854_200_000_001) == "20251122T233000.000001Z.v")
        #expect(layout.trashName(deletedAt: 1) < layout.trashName(deletedAt: 2_000_000))
    }

    @Test("replicas have tags of their own, random UUIDs are of version 4")
    func identifiers() {
        #expect(ReplicaTag.make(from: "a") != ReplicaTag.make(from: "b"))
        #expect(ReplicaTag.make(from: "").utf8.count == 16)
        let uuid = RandomUUID.make()
        #expect(uuid.wholeMatch(of: /[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/) != nil)
        #expect(uuid != RandomUUID.make())
    }

    @Test(
        "paths of static volumes are plain or refused",
        arguments: [
            ("/a", true), ("/a/b c", true), ("/", false), ("//", false), ("", false), ("a", false), ("/a/../b", false),
            ("/..", false), ("/a/./b", false), ("/a\0b", false), ("/a/..b", true),
        ]
    )
    func plainPaths(_ path: String, _ isPlain: Bool) {
        #expect(AbsolutePath.isPlain(path) == isPlain)
    }

    @Test("a path is below a root only by whole components")
    func relative() {
        #expect(AbsolutePath.relative("/volumes/x", to: "/volumes") == "/x")
        #expect(AbsolutePath.relative("/volumes", to: "/volumes") == "/")
        #expect(AbsolutePath.relative("/volumes2/x", to: "/volumes") == nil)
        #expect(AbsolutePath.normalized("//a///b/") == "/a/b")
    }
}
