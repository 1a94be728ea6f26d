import Ceph
import Foundation
import Testing
import Volumes

@testable import CephVolumes

extension CredentialTests {
    @Test("a node's process that keeps writing fails within 5 s of being dismissed, its siblings write on")
    func fence() async throws {
        let fixture = try Fixture()
        let issuer = fixture.issuer()
        let fencer = try fencer()
        let volume = try await fixture.provisioner.create(fixture.spec("v1"), as: fixture.credentials)
        var users: [CephCredentials] = []
        for node in ["n1", "n2"] {
            let user = try await issuer.admit(request(volume, node, .node), as: fixture.credentials, fencer: fencer)
            users.append(try #require(user))
        }
        let (fenced, sibling) = (users[0], users[1])
        let started = Shared(0)
        let writer = Task {
            try await fixture.mounted(fenced, volume.dataPath) { mount -> CephError? in
                let file = try mount.createFile("/f", mode: 0o600)
                started.withLock { $0 = 1 }
                let end = ContinuousClock.now + .seconds(30)
                while ContinuousClock.now < end {
                    do {
                        try file.write("x")
                        try file.synchronizeData()
                    } catch let error as CephError {
                        return error
                    }
                }
                return nil
            }
        }
        #expect(try await fixture.until { started.withLock { $0 } == 1 })
        try await issuer.dismiss(volume.id, node: "n1", as: fixture.credentials, fencer: fencer)
        let answered = ContinuousClock.now
        let error = try await writer.value
        #expect(error != nil)
        #expect(answered.duration(to: .now) < .seconds(5))
        #expect(try fixture.users() == [sibling.user])
        try await fixture.mounted(sibling, volume.dataPath) { mount in
            let file = try mount.createFile("/g", mode: 0o600)
            try file.write("x")
            try file.synchronizeData()
        }
        let refused = await #expect(throws: CephError.self) {
            try await fixture.mounted(fenced, volume.dataPath) { _ = try $0.entries("/") }
        }
        #expect(refused?.code == EACCES)
        try await issuer.dismiss(volume.id, node: nil, as: fixture.credentials, fencer: fencer)
        try await fixture.provisioner.delete(volume.id, as: fixture.credentials)
        try await fixture.end()
    }

    @Test("without a fencer, or with one that may not end sessions, a node of the mode 'node' stays admitted")
    func fenceMissing() async throws {
        let fixture = try Fixture()
        let issuer = fixture.issuer()
        let fencer = try fencer()
        let volume = try await fixture.provisioner.create(fixture.spec("v1"), as: fixture.credentials)
        _ = try await issuer.admit(request(volume, "n1", .node), as: fixture.credentials, fencer: fencer)
        let missing = await #expect(throws: VolumeError.self) {
            try await issuer.dismiss(volume.id, node: "n1", as: fixture.credentials, fencer: nil)
        }
        guard case .preconditionFailed(let text) = missing else { throw Unexpected() }
        #expect(text.contains("fencerID"))
        let weak = await #expect(throws: VolumeError.self) {
            try await issuer.dismiss(volume.id, node: "n1", as: fixture.credentials, fencer: fixture.credentials)
        }
        guard case .permissionDenied(let cap) = weak else { throw Unexpected() }
        #expect(cap.contains("mds 'allow *'"))
        #expect(try await issuer.attachments(of: volume.id, as: fixture.credentials).count == 1)
        try await issuer.dismiss(volume.id, node: "n1", as: fixture.credentials, fencer: fencer)
        try await fixture.provisioner.delete(volume.id, as: fixture.credentials)
        #expect(try fixture.users().isEmpty)
        try await fixture.end()
    }
}
