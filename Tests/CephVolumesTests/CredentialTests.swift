import Ceph
import Cryptography
import Foundation
import Testing
import Volumes

@testable import CephVolumes

@Suite("Volume users", .usesCluster) struct CredentialTests {
    @Test("a node is admitted, mounts with its key, is dismissed, and the volume's user goes with the volume")
    func life() async throws {
        let fixture = try Fixture()
        let issuer = fixture.issuer()
        let volume = try await fixture.provisioner.create(fixture.spec("v1"), as: fixture.credentials)
        let request = AdmissionRequest(volume: volume.id, node: "n1", mode: .volume, readOnly: false)
        let first = try #require(try await issuer.admit(request, as: fixture.credentials, fencer: nil))
        #expect(first.user.hasPrefix("csi-volume-") && first.user.utf8.count == 47)
        #expect(try await issuer.admit(request, as: fixture.credentials, fencer: nil) == first)
        let attachment = Attachment(node: "n1", mode: .volume, readOnly: false, user: first.user)
        #expect(try await issuer.attachments(of: volume.id, as: fixture.credentials) == [attachment])
        try await fixture.mounted(first, volume.dataPath) { mount in
            let file = try mount.createFile("/f", mode: 0o600)
            try file.write("x")
            try file.synchronizeData()
        }
        let error = await #expect(throws: VolumeError.self) {
            try await fixture.provisioner.delete(volume.id, as: fixture.credentials)
        }
        guard case .preconditionFailed(let text) = error else { throw Unexpected() }
        #expect(text.contains("published to n1"))
        try await issuer.dismiss(volume.id, node: "n1", as: fixture.credentials, fencer: nil)
        #expect(try await issuer.attachments(of: volume.id, as: fixture.credentials).isEmpty)
        #expect(try fixture.users().contains(first.user))
        try await fixture.provisioner.delete(volume.id, as: fixture.credentials)
        #expect(try !fixture.users().contains(first.user))
        try await fixture.end()
    }
}
