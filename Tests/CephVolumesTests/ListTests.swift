import Ceph
import Foundation
import Testing
import Volumes

@testable import CephVolumes

@Suite("Listing volumes", .usesCluster) struct ListTests {
    @Test("pages of any size give every volume once and in order, and nothing that is none")
    func pages() async throws {
        let fixture = try Fixture()
        let names = (0..<40).map { "v\($0)" }
        for name in names { try await fixture.provisioner.create(fixture.spec(name), as: fixture.credentials) }
        let group = fixture.cluster.group
        try await fixture.asAdmin { mount in
            try mount.makeDirectory("/\(group)/stranger", mode: 0o755)
            try mount.createFile("/\(group)/file", mode: 0o644).close()
            try mount.createFile("/a-file", mode: 0o644, replacing: true).close()
        }
        for limit in [1, 7, 40, 1000] {
            let all = try await fixture.listed(pages: limit)
            #expect(all.map(\.volume.id.volume) == names.sorted(), "\(limit)")
            #expect(all.allSatisfy { !$0.condition.isAbnormal && $0.nodes.isEmpty })
            #expect(all.allSatisfy { $0.volume.capacity?.bytes == 1 << 30 })
        }
        try await fixture.asAdmin { try $0.unlink("/a-file") }
        try await fixture.end()
    }

    @Test("a list goes on behind a volume that is gone, and sees at once what this process makes and removes")
    func changes() async throws {
        let fixture = try Fixture()
        for name in ["a", "c", "e"] {
            try await fixture.provisioner.create(fixture.spec(name), as: fixture.credentials)
        }
        #expect(try await fixture.listed().map(\.volume.id.volume) == ["a", "c", "e"])
        try await fixture.provisioner.create(fixture.spec("d"), as: fixture.credentials)
        try await fixture.provisioner.delete(fixture.id("c"), as: fixture.credentials)
        #expect(try await fixture.listed().map(\.volume.id.volume) == ["a", "d", "e"])
        let page = try await fixture.manager.volumes(after: fixture.id("c"), limit: 1)
        #expect(page.entries.map(\.volume.id.volume) == ["d"])
        // Another replica's, after a while.
        let other = fixture.another()
        try await other.provisioner.create(fixture.spec("b"), as: fixture.credentials)
        #expect(try await fixture.until { try await fixture.listed().map(\.volume.id.volume) == ["a", "b", "d", "e"] })
        await other.close()
        try await fixture.end()
    }

    @Test("groups follow each other in order, a page may end in one and begin in the next")
    func groups() async throws {
        let first = try Fixture(group: "t-a\(UUID().uuidString.prefix(8).lowercased())")
        let second = try Fixture(group: "t-b\(UUID().uuidString.prefix(8).lowercased())")
        for fixture in [first, second] {
            for name in ["1", "2"] { try await fixture.provisioner.create(fixture.spec(name), as: fixture.credentials) }
        }
        var found: [String] = []
        var last: VolumeID? = try first.id("0")
        repeat {
            let page = try await first.manager.volumes(after: last, limit: 3)
            found += page.entries.map { "\($0.volume.id.group)/\($0.volume.id.volume)" }
            last = page.next
        } while last != nil
        let ours = found.filter { $0.hasPrefix(first.cluster.group) || $0.hasPrefix(second.cluster.group) }
        let (a, b) = (first.cluster.group, second.cluster.group)
        #expect(ours == ["\(a)/1", "\(a)/2", "\(b)/1", "\(b)/2"])
        #expect(!found.contains { $0.hasPrefix("_") })
        try await first.end()
        try await second.end()
    }

    @Test("a volume shows the nodes that it is published to, until it is published to none")
    func nodes() async throws {
        let fixture = try Fixture()
        let spec = try fixture.spec("v1")
        try await fixture.provisioner.create(spec, as: fixture.credentials)
        let issuer = fixture.issuer()
        // Leaves a directory for attachments without any.
        try await issuer.rotate(spec.id, revoking: false, as: fixture.credentials, fencer: nil)
        #expect(try await fixture.listed().map(\.nodes) == [[]])
        for node in ["n1", "n2"] {
            let request = AdmissionRequest(
                volume: spec.id,
                node: node,
                nodeID: "\(node):key",
                mode: .volume,
                readOnly: false
            )
            _ = try await issuer.admit(request, as: fixture.credentials, fencer: nil)
        }
        #expect(try await fixture.listed().map(\.nodes) == [["n1:key", "n2:key"]])
        #expect(try await fixture.manager.details(spec.id)?.nodes == ["n1:key", "n2:key"])
        try await issuer.dismiss(spec.id, node: nil, as: fixture.credentials, fencer: nil)
        #expect(try await fixture.listed().map(\.nodes) == [[]])
        try await fixture.provisioner.delete(spec.id, as: fixture.credentials)
        #expect(try await fixture.manager.details(spec.id) == nil)
        try await fixture.end()
    }

    @Test("a volume without its data or with a damaged record is listed as abnormal, with the reason")
    func abnormal() async throws {
        let fixture = try Fixture()
        var paths: [String: String] = [:]
        for name in ["lost", "scribbled", "whole"] {
            let volume = try await fixture.provisioner.create(fixture.spec(name), as: fixture.credentials)
            paths[name] = fixture.relative(volume.dataPath)
        }
        let (group, data) = (fixture.cluster.group, try #require(paths["lost"]))
        try await fixture.asAdmin { mount in
            try mount.removeTree(data)
            try mount.setAttribute("user.csi.volume", of: "/\(group)/scribbled", to: "{\"version\":1}")
        }
        let all = try await fixture.listed()
        #expect(all.map(\.condition.isAbnormal) == [true, true, false])
        #expect(all[0].condition.message.contains("data directory \(fixture.cluster.root)\(data) is missing"))
        #expect(all[1].condition.message.contains("is not a volume's record"))
        for details in all {
            #expect(try await fixture.manager.details(details.volume.id)?.condition == details.condition)
        }
        try await fixture.asAdmin { try $0.removeTree("/\(group)/scribbled") }
        try await fixture.end()
    }
}
