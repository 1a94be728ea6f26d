import Cryptography
import Testing
import Volumes

@testable import CephVolumes

@Suite("Attachments and users as names and text") struct AttachmentRecordTests {
    private let record = AttachmentRecord(
        node: "n\"1\"/é",
        nodeID: "n\"1\"/é:key",
        mode: .node,
        readOnly: true,
        singleNode: true,
        user: "csi-volume-1",
        former: ["csi-volume-0"],
        created: "20261122T000000Z"
    )

    @Test("a record reads as it was written")
    func roundTrip() throws {
        #expect(try AttachmentRecord(text: record.text, path: "/v") == record)
        var plain = record
        plain.user = nil
        plain.former = []
        plain.mode = .shared
        #expect(try AttachmentRecord(text: plain.text, path: "/v") == plain)
        #expect(plain.users.isEmpty && record.users == ["csi-volume-1", "csi-volume-0"])
    }

    @Test("a later version and text that is no record are refused")
    func damaged() throws {
        let newer = record.text.replacing("\"version\":1", with: "\"version\":2")
        let error = #expect(throws: VolumeError.self) { try AttachmentRecord(text: newer, path: "/v") }
        guard case .preconditionFailed = error else { throw Unexpected() }
        for text in ["", "{}", "{\"version\":1}", record.text.replacing("\"node\",\"", with: "\"x\",\"")] {
            #expect(throws: VolumeError.self) { try AttachmentRecord(text: text, path: "/v") }
        }
    }

    @Test("an entry is called after its node where that is a file's name, and no two nodes share one")
    func entries() {
        let names = NodeNames(digest: SHA256.hex)
        #expect(names.entry("node-1.example.com") == "node-1.example.com")
        let nodes = [
            "a/b", "a-b", "a:b", "..", ".", ".a", "_a", String(repeating: "x", count: 148),
            String(repeating: "x", count: 147),
            "é",
        ]
        let entries = nodes.map(names.entry)
        #expect(Set(entries).count == nodes.count)
        #expect(entries.allSatisfy(FileName.isSafe))
        // A node that calls itself as another's entry is called.
        #expect(names.entry(names.entry("a/b")) != names.entry("a/b"))
        #expect(names.tag("n1").utf8.count == 12 && names.tag("n1") != names.tag("n2"))
    }

    @Test("users are told apart by data directory, node, access and generation")
    func users() {
        var users = VolumeUsers(prefix: "p", data: "u", generation: 0)
        #expect(users.shared(readOnly: false) == "p-u" && users.shared(readOnly: true) == "p-u-ro")
        #expect(users.ofNode("0a", readOnly: true) == "p-u-0a-ro" && users.everShared == ["p-u", "p-u-ro"])
        users.generation = 2
        #expect(users.shared(readOnly: true) == "p-u-ro-g2" && users.ofNode("0a", readOnly: false) == "p-u-0a-g2")
        #expect(users.everShared == ["p-u", "p-u-ro", "p-u-g1", "p-u-ro-g1", "p-u-g2", "p-u-ro-g2"])
    }
}
