import Ceph
import Foundation
import Testing
import Volumes

@testable import CephVolumes

@Suite("New users for a volume", .usesCluster) struct RotationTests {
    private func end(_ fixture: Fixture, _ volume: Volume) async throws {
        try await fixture.dismiss(volume, nil)
        try await fixture.provisioner.delete(volume.id, as: fixture.credentials)
        #expect(try fixture.users().isEmpty)
        try await fixture.end()
    }

    @Test("nodes keep the old user, the next ones get the new one, and the old one goes with its last node")
    func gradual() async throws {
        let fixture = try Fixture()
        let issuer = fixture.issuer()
        let volume = try await fixture.provisioner.create(fixture.spec("v1"), as: fixture.credentials)
        let old = try await fixture.admit(volume, "n1")
        _ = try await fixture.admit(volume, "n2")
        #expect(try await issuer.rotate(volume.id, revoking: false, as: fixture.credentials, fencer: nil) == [old.user])
        #expect(try await fixture.admit(volume, "n1") == old)
        let new = try await fixture.admit(volume, "n3")
        #expect(new.user == old.user + "-g1" && new.key != old.key)
        try await fixture.mounted(old, volume.dataPath) { _ = try $0.entries("/") }
        try await issuer.dismiss(volume.id, node: "n1", as: fixture.credentials, fencer: nil)
        #expect(try fixture.users() == [old.user, new.user])
        try await issuer.dismiss(volume.id, node: "n2", as: fixture.credentials, fencer: nil)
        #expect(try fixture.users() == [new.user])
        #expect(try await fixture.admit(volume, "n1") == new)
        try await end(fixture, volume)
    }

    @Test("an old user that no node has goes at once; a volume that was never published has none")
    func unused() async throws {
        let fixture = try Fixture()
        let issuer = fixture.issuer()
        let volume = try await fixture.provisioner.create(fixture.spec("v1"), as: fixture.credentials)
        #expect(try await issuer.rotate(volume.id, revoking: true, as: fixture.credentials, fencer: nil).isEmpty)
        let user = try await fixture.admit(volume, "n1")
        try await issuer.dismiss(volume.id, node: "n1", as: fixture.credentials, fencer: nil)
        // As a plugin leaves it that dies between a user and its entry, or one of an earlier version.
        let caps = "allow rw fsname=\(fixture.cluster.filesystem) path=\(volume.dataPath)"
        try fixture.dev.ceph("auth", "get-or-create", "client.\(user.user)", "mon", "allow r", "mds", caps)
        #expect(
            try await issuer.rotate(volume.id, revoking: false, as: fixture.credentials, fencer: nil) == [user.user]
        )
        #expect(try fixture.users().isEmpty)
        let missing = try fixture.id("missing")
        await #expect(throws: VolumeError.notFound("volume \(missing) does not exist")) {
            try await issuer.rotate(missing, revoking: false, as: fixture.credentials, fencer: nil)
        }
        try await end(fixture, volume)
    }

    @Test("revoking removes old users at once and ends their sessions; nodes that ask again get new ones")
    func revoking() async throws {
        let fixture = try Fixture()
        let issuer = fixture.issuer()
        let fencer = try DevCluster.credentials("FENCER")
        let volume = try await fixture.provisioner.create(fixture.spec("v1"), as: fixture.credentials)
        let shared = try await fixture.admit(volume, "n1")
        let ofNode = try await fixture.admit(volume, "n2", .node)
        let started = Shared(0)
        let reader = Task {
            try await fixture.mounted(shared, volume.dataPath) { mount -> Bool in
                started.withLock { $0 = 1 }
                let end = ContinuousClock.now + .seconds(20)
                while ContinuousClock.now < end {
                    do { try mount.createFile("/f", mode: 0o600, replacing: true).close() } catch { return true }
                }
                return false
            }
        }
        #expect(try await fixture.until { started.withLock { $0 } == 1 })
        let removed = try await issuer.rotate(volume.id, revoking: true, as: fixture.credentials, fencer: fencer)
        #expect(Set(removed) == [shared.user, ofNode.user])
        #expect(try await reader.value)
        #expect(try fixture.users().isEmpty)
        #expect(try await fixture.admit(volume, "n1").user == shared.user + "-g1")
        #expect(try await fixture.admit(volume, "n2", .node).user == ofNode.user + "-g1")
        try await end(fixture, volume)
    }

    @Test("a user found with other caps is left to the nodes that have it, and a new one made beside it")
    func foreignCaps() async throws {
        let fixture = try Fixture()
        let volume = try await fixture.provisioner.create(fixture.spec("v1"), as: fixture.credentials)
        let uuid = try #require(volume.dataPath.split(separator: "/").last)
        try fixture.dev.ceph("auth", "get-or-create", "client.csi-volume-\(uuid)", "mon", "allow r")
        let first = try await fixture.admit(volume, "n1")
        #expect(first.user == "csi-volume-\(uuid)-g1")
        #expect(try await fixture.admit(volume, "n2") == first)
        try await fixture.mounted(first, volume.dataPath) { _ = try $0.entries("/") }
        #expect(try fixture.users() == ["csi-volume-\(uuid)", first.user])
        try await end(fixture, volume)
    }
}
