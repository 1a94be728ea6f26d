import Ceph
import Foundation
import Testing
import Volumes

@testable import CephVolumes

/// A node tells its name itself; its key tells it from whoever else says the same.
@Suite("A node is its name and its key", .usesCluster) struct NodeKeyTests {
    private func node(_ name: String, _ key: UInt8) throws -> NodeIdentity {
        try #require(NodeIdentity(name: name, publicKey: [UInt8](repeating: key, count: 32)))
    }

    private func fencer() throws -> CephCredentials { try DevCluster.credentials("FENCER") }

    private func admit(
        _ fixture: Fixture,
        _ volume: Volume,
        _ node: NodeIdentity,
        _ mode: CredentialsMode = .node
    ) async throws -> CephCredentials? {
        let request = AdmissionRequest(
            volume: volume.id,
            node: node.name,
            nodeID: node.description,
            mode: mode,
            readOnly: false
        )
        return try await fixture.issuer().admit(request, as: fixture.credentials, fencer: fencer())
    }

    private func dismiss(_ fixture: Fixture, _ volume: Volume, _ node: NodeIdentity?) async throws {
        let (issuer, fencer) = (fixture.issuer(), try fencer())
        try await issuer.dismiss(volume.id, node: node?.description, as: fixture.credentials, fencer: fencer)
    }

    @Test("another key under a known name gets and takes nothing at first; asked again, the old use is ended before")
    func anotherKey() async throws {
        let fixture = try Fixture { _, options in options.nodeClaimPatience = .seconds(6) }
        let volume = try await fixture.provisioner.create(fixture.spec("v1"), as: fixture.credentials)
        let (known, other) = (try node("n1", 1), try node("n1", 2))
        let first = try #require(try await admit(fixture, volume, known))
        for operation in [
            { _ = try await admit(fixture, volume, other) }, { try await dismiss(fixture, volume, other) },
        ] {
            guard case .preconditionFailed(let text) = await fixture.failure(operation) else { throw Unexpected() }
            #expect(text.contains("another key"))
            #expect(try fixture.users() == [first.user])
        }
        let writer = Task {
            try await fixture.mounted(first, volume.dataPath) { mount in
                let file = try mount.createFile("/f", mode: 0o600)
                for number in 0..<200 {
                    do {
                        try file.write("x", at: Int64(number))
                        try file.synchronizeData()
                    } catch {
                        return true
                    }
                    usleep(100_000)
                }
                return false
            }
        }
        try await Task.sleep(for: .seconds(6))
        let second = try #require(try await admit(fixture, volume, other))
        #expect(second.user != first.user)
        #expect(try fixture.users() == [second.user])
        #expect(try await writer.value, "the former key's mount still writes")
        #expect(fixture.log.text.contains("has another key now"))
        // The former key is nobody's any more.
        guard case .preconditionFailed = await fixture.failure({ try await dismiss(fixture, volume, known) }) else {
            throw Unexpected()
        }
        #expect(try fixture.users() == [second.user])
        try await dismiss(fixture, volume, other)
        #expect(try fixture.users().isEmpty)
        try await fixture.provisioner.delete(volume.id, as: fixture.credentials)
        try await fixture.end()
    }

    @Test("a node that calls itself something else is cut off by any of its names")
    func anotherName() async throws {
        let fixture = try Fixture()
        let volume = try await fixture.provisioner.create(fixture.spec("v1"), as: fixture.credentials)
        let (known, renamed) = (try node("n1", 1), try node("n2", 1))
        let first = try #require(try await admit(fixture, volume, known))
        let second = try #require(try await admit(fixture, volume, renamed))
        #expect(first.user != second.user)
        try await dismiss(fixture, volume, renamed)
        #expect(try fixture.users().isEmpty)
        #expect(try await fixture.issuer().attachments(of: volume.id, as: fixture.credentials).isEmpty)
        try await fixture.provisioner.delete(volume.id, as: fixture.credentials)
        try await fixture.end()
    }

    @Test("a user that is called after the node's name alone, as earlier versions made them, goes with its node")
    func earlier() async throws {
        let fixture = try Fixture()
        let volume = try await fixture.provisioner.create(fixture.spec("v1"), as: fixture.credentials)
        let known = try node("n1", 1)
        let first = try #require(try await admit(fixture, volume, known))
        let names = fixture.issuer().names
        let former = "csi-volume-\(fixture.uuid(volume))-\(names.tag("n1"))"
        try fixture.dev.ceph("auth", "rm", "client.\(first.user)")
        let group = fixture.cluster.group
        try await fixture.asAdmin { mount in
            let path = "/\(group)/v1/.attachments/n1"
            let text = try mount.attribute(VolumeLayout.attachmentAttribute, of: path)
            try mount.setAttribute(
                VolumeLayout.attachmentAttribute,
                of: path,
                to: text.replacing(first.user, with: former)
            )
        }
        #expect(try await admit(fixture, volume, known)?.user == former)
        #expect(try fixture.users() == [former])
        try await dismiss(fixture, volume, known)
        #expect(try fixture.users().isEmpty)
        try await fixture.provisioner.delete(volume.id, as: fixture.credentials)
        try await fixture.end()
    }

    private struct Unexpected: Error {}
}
