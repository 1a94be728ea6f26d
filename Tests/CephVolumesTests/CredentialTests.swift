import Ceph
import Foundation
import Testing
import Volumes

@testable import CephVolumes

@Suite("Publishing volumes to nodes", .usesCluster) struct CredentialTests {
    func fencer() throws -> CephCredentials { try DevCluster.credentials("FENCER") }

    func request(
        _ volume: Volume,
        _ node: String = "n1",
        _ mode: CredentialsMode = .volume,
        readOnly: Bool = false
    ) -> AdmissionRequest {
        AdmissionRequest(volume: volume.id, node: node, mode: mode, readOnly: readOnly)
    }

    @Test("a node is admitted, mounts with its key, is dismissed, and the volume's user goes with the volume")
    func life() async throws {
        let fixture = try Fixture()
        let issuer = fixture.issuer()
        let volume = try await fixture.provisioner.create(fixture.spec("v1"), as: fixture.credentials)
        let first = try #require(try await issuer.admit(request(volume), as: fixture.credentials, fencer: nil))
        let uuid = try #require(volume.dataPath.split(separator: "/").last)
        #expect(first.user == "csi-volume-\(uuid)")
        #expect(try await issuer.admit(request(volume), as: fixture.credentials, fencer: nil) == first)
        let attachment = Attachment(node: "n1", mode: .volume, readOnly: false, user: first.user)
        #expect(try await issuer.attachments(of: volume.id, as: fixture.credentials) == [attachment])
        try await fixture.mounted(first, volume.dataPath) { try $0.createFile("/f", mode: 0o600).write("x") }
        try await issuer.dismiss(volume.id, node: "n1", as: fixture.credentials, fencer: nil)
        try await issuer.dismiss(volume.id, node: "n1", as: fixture.credentials, fencer: nil)
        #expect(try await issuer.attachments(of: volume.id, as: fixture.credentials).isEmpty)
        // Its key opens nothing once no node has the volume.
        #expect(try fixture.users().isEmpty)
        await #expect(throws: CephError.self) {
            try await fixture.mounted(first, volume.dataPath) { _ = try $0.entries("/") }
        }
        let second = try #require(try await issuer.admit(request(volume), as: fixture.credentials, fencer: nil))
        #expect(second.user == first.user && second.key != first.key)
        try await issuer.dismiss(volume.id, node: "n1", as: fixture.credentials, fencer: nil)
        try await fixture.provisioner.delete(volume.id, as: fixture.credentials)
        #expect(try fixture.users().isEmpty)
        let error = await #expect(throws: CephError.self) {
            try await fixture.mounted(first, volume.dataPath) { _ = try $0.entries("/") }
        }
        #expect(error?.code == EACCES)
        try await fixture.end()
    }

    @Test("a node that is admitted while another replica removes the last one's user gets a user of another name")
    func leaving() async throws {
        let fixture = try Fixture()
        let issuer = fixture.issuer()
        let volume = try await fixture.provisioner.create(fixture.spec("v1"), as: fixture.credentials)
        let first = try #require(try await issuer.admit(request(volume, "a"), as: fixture.credentials, fencer: nil))
        // As the other replica leaves it before it removes the user.
        let entry = "\(fixture.relative(volume.dataPath).dropLast(37))/.attachments/a"
        try await fixture.asAdmin { mount in
            let text = try mount.attribute(VolumeLayout.attachmentAttribute, of: entry)
            var record = try AttachmentRecord(text: text, path: entry)
            record.isLeaving = true
            try mount.setAttribute(VolumeLayout.attachmentAttribute, of: entry, to: record.text)
        }
        for node in ["b", "a"] {
            let other = try #require(
                try await issuer.admit(request(volume, node), as: fixture.credentials, fencer: nil)
            )
            #expect(other.user == first.user + "-g1", "\(node)")
        }
        try await issuer.dismiss(volume.id, node: "a", as: fixture.credentials, fencer: nil)
        #expect(try fixture.users() == [first.user, first.user + "-g1"])
        try await issuer.dismiss(volume.id, node: "b", as: fixture.credentials, fencer: nil)
        #expect(try fixture.users().isEmpty)
        try await fixture.provisioner.delete(volume.id, as: fixture.credentials)
        try await fixture.end()
    }

    @Test("replicas that detach the last node and attach another at once leave the other a key that works")
    func replicasAtOnce() async throws {
        let fixture = try Fixture()
        let issuers = [fixture.issuer(), fixture.issuer(fixture.another("two"))]
        let volume = try await fixture.provisioner.create(fixture.spec("v1"), as: fixture.credentials)
        _ = try await issuers[0].admit(request(volume, "n0"), as: fixture.credentials, fencer: nil)
        for turn in 0..<30 {
            async let gone: Void = issuers[turn % 2].dismiss(
                volume.id,
                node: "n\(turn)",
                as: fixture.credentials,
                fencer: nil
            )
            try await Task.sleep(for: .milliseconds(turn * 2 % 30))
            let next = request(volume, "n\(turn + 1)")
            let admitted = try await issuers[(turn + 1) % 2].admit(next, as: fixture.credentials, fencer: nil)
            try await gone
            let user = try #require(admitted)
            try await fixture.mounted(user, volume.dataPath) { _ = try $0.entries("/") }
        }
        try await issuers[0].dismiss(volume.id, node: nil, as: fixture.credentials, fencer: nil)
        #expect(try fixture.users().isEmpty)
        try await fixture.provisioner.delete(volume.id, as: fixture.credentials)
        try await fixture.end()
    }

    @Test("nodes share the volume's user, read-only ones have another, nodes of the mode 'node' one each")
    func users() async throws {
        let fixture = try Fixture()
        let issuer = fixture.issuer()
        let volume = try await fixture.provisioner.create(fixture.spec("v1"), as: fixture.credentials)
        let fencer = try fencer()
        let cases: [(String, CredentialsMode, Bool)] = [
            ("a", .volume, false), ("b", .volume, false), ("c", .volume, true), ("d", .node, false),
            ("e", .node, false),
            ("f", .node, true), ("g", .shared, false), ("h.example:weird/name", .volume, false),
        ]
        var users: [String?] = []
        for (node, mode, readOnly) in cases {
            let asked = request(volume, node, mode, readOnly: readOnly)
            users.append(try await issuer.admit(asked, as: fixture.credentials, fencer: fencer)?.user)
        }
        let shared = try #require(users[0])
        #expect(users[1] == shared && users[2] == shared + "-ro" && users[6] == nil && users[7] == shared)
        let ofNodes = try users[3...5].map { try #require($0) }
        #expect(Set(ofNodes).count == 3 && ofNodes.allSatisfy { $0.hasPrefix(shared + "-") })
        #expect(ofNodes[2].hasSuffix("-ro") && ofNodes[0].utf8.count == shared.utf8.count + 13)
        #expect(try fixture.users() == Set(users.compactMap { $0 }))
        let attachments = try await issuer.attachments(of: volume.id, as: fixture.credentials)
        #expect(Set(attachments.map(\.node)) == Set(cases.map(\.0)))
        try await issuer.dismiss(volume.id, node: nil, as: fixture.credentials, fencer: fencer)
        #expect(try fixture.users().isEmpty)
        try await fixture.provisioner.delete(volume.id, as: fixture.credentials)
        #expect(try fixture.users().isEmpty)
        try await fixture.end()
    }

    @Test("a node that has the volume in another way, a missing volume and a missing fencer are told as such")
    func refusals() async throws {
        let fixture = try Fixture()
        let issuer = fixture.issuer()
        let volume = try await fixture.provisioner.create(fixture.spec("v1"), as: fixture.credentials)
        _ = try await issuer.admit(request(volume), as: fixture.credentials, fencer: nil)
        let fencer = try fencer()
        for other in [
            request(volume, "n1", .volume, readOnly: true), request(volume, "n1", .node),
            request(volume, "n1", .shared),
        ] {
            let error = await #expect(throws: VolumeError.self) {
                try await issuer.admit(other, as: fixture.credentials, fencer: fencer)
            }
            guard case .alreadyExists(let conflict) = error else { throw Unexpected() }
            #expect(conflict.contains("n1") && conflict.contains("volume, read-write"))
        }
        let unfenced = await #expect(throws: VolumeError.self) {
            try await issuer.admit(request(volume, "n2", .node), as: fixture.credentials, fencer: nil)
        }
        guard case .preconditionFailed(let text) = unfenced else { throw Unexpected() }
        #expect(text.contains("fencerID") && text.contains("fencerKey") && text.contains("controller-publish"))
        var missing = request(volume)
        missing.volume = try fixture.id("missing")
        let error = await #expect(throws: VolumeError.self) {
            try await issuer.admit(missing, as: fixture.credentials, fencer: nil)
        }
        guard case .notFound = error else { throw Unexpected() }
        try await issuer.dismiss(missing.volume, node: "n1", as: fixture.credentials, fencer: nil)
        #expect(try await issuer.attachments(of: missing.volume, as: fixture.credentials).isEmpty)
        #expect(try await issuer.attachments(of: volume.id, as: fixture.credentials).count == 1)
        try await issuer.dismiss(volume.id, node: nil, as: fixture.credentials, fencer: nil)
        try await fixture.provisioner.delete(volume.id, as: fixture.credentials)
        try await fixture.end()
    }

    @Test("a published volume is not deleted; the refusal names up to three nodes")
    func inUse() async throws {
        let fixture = try Fixture()
        let issuer = fixture.issuer()
        let volume = try await fixture.provisioner.create(fixture.spec("v1"), as: fixture.credentials)
        for node in ["n1", "n2", "n3", "n4", "n5"] {
            _ = try await issuer.admit(request(volume, node, .shared), as: fixture.credentials, fencer: nil)
        }
        let error = await #expect(throws: VolumeError.self) {
            try await fixture.provisioner.delete(volume.id, as: fixture.credentials)
        }
        guard case .preconditionFailed(let text) = error else { throw Unexpected() }
        #expect(text.contains("n1, n2, n3 and 2 more"))
        #expect(try await fixture.provisioner.volume(volume.id, as: fixture.credentials) == volume)
        try await issuer.dismiss(volume.id, node: nil, as: fixture.credentials, fencer: nil)
        try await fixture.provisioner.delete(volume.id, as: fixture.credentials)
        #expect(try await fixture.provisioner.volume(volume.id, as: fixture.credentials) == nil)
        try await fixture.end()
    }

    @Test("a deletion waits for the last node to be detached, by whichever replica, and no longer than it may")
    func detachedWhileWaiting() async throws {
        let fixture = try Fixture()
        let issuer = fixture.issuer()
        let volume = try await fixture.provisioner.create(fixture.spec("v1"), as: fixture.credentials)
        for node in ["n1", "n2"] {
            _ = try await issuer.admit(request(volume, node), as: fixture.credentials, fencer: nil)
        }
        let begin = ContinuousClock.now
        await #expect(throws: VolumeError.self) {
            try await fixture.provisioner.delete(volume.id, as: fixture.credentials, patience: .seconds(1))
        }
        #expect(ContinuousClock.now - begin < .seconds(2))
        async let deletion: Void = fixture.provisioner.delete(
            volume.id,
            as: fixture.credentials,
            patience: .seconds(60)
        )
        // Detaching gets the volume's lock while the deletion waits.
        try await issuer.dismiss(volume.id, node: "n1", as: fixture.credentials, fencer: nil)
        #expect(try await fixture.provisioner.volume(volume.id, as: fixture.credentials) == volume)
        try await issuer.dismiss(volume.id, node: "n2", as: fixture.credentials, fencer: nil)
        let freed = ContinuousClock.now
        try await deletion
        #expect(ContinuousClock.now - freed < .seconds(5))
        #expect(try await fixture.provisioner.volume(volume.id, as: fixture.credentials) == nil)
        #expect(try fixture.users().isEmpty)
        try await fixture.end()
    }

    @Test("ceph fs subvolume reads, resizes and snapshots a published volume as any other")
    func mgr() async throws {
        let fixture = try Fixture()
        let issuer = fixture.issuer()
        let volume = try await fixture.provisioner.create(fixture.spec("v1"), as: fixture.credentials)
        _ = try await issuer.admit(request(volume), as: fixture.credentials, fencer: nil)
        let (fs, group) = (fixture.cluster.filesystem, fixture.cluster.group)
        func subvolume(_ words: String...) throws -> (status: Int32, output: String) {
            try fixture.dev.tool("ceph", ["fs", "subvolume"] + words + ["--group_name", group, "--format", "json"])
        }
        #expect(try subvolume("ls", fs).output.contains("\"v1\""))
        #expect(try subvolume("getpath", fs, "v1").output.contains(volume.dataPath))
        #expect(try subvolume("info", fs, "v1").output.contains(volume.dataPath))
        #expect(try subvolume("resize", fs, "v1", "2147483648").status == 0)
        #expect(try subvolume("snapshot", "create", fs, "v1", "s1").status == 0)
        #expect(try subvolume("snapshot", "ls", fs, "v1").output.contains("s1"))
        #expect(try subvolume("snapshot", "rm", fs, "v1", "s1").status == 0)
        try await issuer.dismiss(volume.id, node: nil, as: fixture.credentials, fencer: nil)
        try await fixture.provisioner.delete(volume.id, as: fixture.credentials)
        try await fixture.end()
    }
}
