import Ceph
import Testing
import Volumes

@testable import CephVolumes

/// Whoever may write in a group can write anything beside a volume of it.
@Suite("Forged attachments remove and fence nobody else's users", .usesCluster) struct ForgedAttachmentTests {
    @Test(
        "an attachment that names another's user ends the volume's own, leaves the other's, and is told and logged once"
    )
    func forgedUser() async throws {
        let bench = try await BorderBench()
        let fixture = bench.fixture
        for mode in [CredentialsMode.node, .volume] {
            let others = try await fixture.admit(bench.victim, "n9", mode)
            let bait = try await bench.bait()
            let sibling = try await fixture.admit(bait, "n2", .node)
            for victim in [others.user, sibling.user] {
                let own = try await fixture.admit(bait, "n1", mode)
                #expect(try fixture.users() == [others.user, sibling.user, own.user])
                try await bench.intrude { mount in
                    let path = "/\(bait.id.volume)/.attachments/n1"
                    let text = try mount.attribute(VolumeLayout.attachmentAttribute, of: path)
                    let forged = text.replacing(own.user, with: victim)
                    try mount.setAttribute(VolumeLayout.attachmentAttribute, of: path, to: forged)
                }
                let published = await fixture.failure { _ = try await fixture.admit(bait, "n1", mode) }
                guard case .tampered = published else { throw Unexpected() }
                let error = await fixture.failure { try await fixture.dismiss(bait, "n1") }
                guard case .tampered(let message) = error else { throw Unexpected() }
                #expect(message.contains(victim) && fixture.log.text.contains(message))
                #expect(try fixture.users() == [others.user, sibling.user], "\(mode)")
                try await fixture.dismiss(bait, "n1")
            }
            try await fixture.mounted(others, bench.victim.dataPath) { _ = try $0.entries("/") }
            try await fixture.dismiss(bait, nil)
            try await fixture.dismiss(bench.victim, nil)
            try await fixture.provisioner.delete(bait.id, as: fixture.credentials)
            #expect(try fixture.users().isEmpty)
        }
        try await bench.end()
    }

    @Test("a record that takes another volume's uuid removes none of its users, by unpublishing, rotating or deleting")
    func forgedUUID() async throws {
        let bench = try await BorderBench()
        let fixture = bench.fixture
        let others = try await fixture.admit(bench.victim, "n9", .volume)
        let ofNode = try await fixture.admit(bench.victim, "n8", .node)
        let bait = try await bench.bait()
        let own = try await fixture.admit(bait, "n1", .volume)
        let (real, stolen) = (fixture.uuid(bait), bench.uuid)
        try await bench.intrude { mount in
            let path = "/\(bait.id.volume)"
            let text = try mount.attribute(VolumeLayout.recordAttribute, of: path)
            try mount.setAttribute(VolumeLayout.recordAttribute, of: path, to: text.replacing(real, with: stolen))
            try mount.makeDirectory("\(path)/\(stolen)", mode: 0o755)
            let attachment = try mount.attribute(VolumeLayout.attachmentAttribute, of: "\(path)/.attachments/n1")
            for (entry, user) in [("n1", others.user), ("n8", ofNode.user)] {
                let place = "\(path)/.attachments/\(entry)"
                try mount.makeDirectoryIfMissing(place, mode: 0o700)
                let forged = attachment.replacing(own.user, with: user).replacing("\"n1\"", with: "\"\(entry)\"")
                try mount.setAttribute(
                    VolumeLayout.attachmentAttribute,
                    of: place,
                    to: entry == "n8" ? forged.replacing("\"volume\"", with: "\"node\"") : forged
                )
            }
        }
        let before = try fixture.users()
        for node in ["n1", "n8", nil] {
            let error = await fixture.failure { try await fixture.dismiss(bait, node) }
            guard case .tampered = error else {
                Issue.record("unpublishing from \(node ?? "all"): \(error.map { "\($0)" } ?? "no error")")
                continue
            }
        }
        let rotated = await fixture.failure {
            let fencer = try DevCluster.credentials("FENCER")
            let issuer = fixture.issuer()
            try await issuer.rotate(bait.id, revoking: true, as: fixture.credentials, fencer: fencer)
        }
        guard case .tampered = rotated else { throw Unexpected() }
        _ = await fixture.failure { try await fixture.provisioner.delete(bait.id, as: fixture.credentials) }
        #expect(try fixture.users() == before)
        try await fixture.mounted(others, bench.victim.dataPath) { _ = try $0.entries("/") }
        try await fixture.dismiss(bench.victim, nil)
        try fixture.dev.ceph("auth", "rm", "client.\(own.user)")
        try await bench.end()
    }

    private struct Unexpected: Error {}
}
