import Ceph
import Testing
import Volumes

@testable import CephVolumes

@Suite("A full cluster", .usesCluster) struct FullClusterTests {
    /// Has the cluster count as full at that part of its size.
    private func setFull(_ dev: DevCluster, _ ratio: String) throws {
        for threshold in ratio == "0.95" ? ["full", "backfillfull", "nearfull"] : ["nearfull", "backfillfull", "full"] {
            try dev.ceph("osd", "set-\(threshold)-ratio", ratio)
        }
    }

    @Test("takes no new volume and says so, and lets volumes be deleted")
    func deletes() async throws {
        let fixture = try Fixture()
        let spec = try fixture.spec("v1")
        try await fixture.provisioner.create(spec, as: fixture.credentials)
        func failure() async -> VolumeError? {
            await fixture.failure {
                try await fixture.provisioner.create(fixture.spec("more"), as: fixture.credentials)
                try await fixture.provisioner.delete(fixture.id("more"), as: fixture.credentials)
            }
        }
        try setFull(fixture.dev, "0.0001")
        do {
            let isFull = try await fixture.until(.seconds(60)) {
                if case .capacityExhausted = await failure() { true } else { false }
            }
            #expect(isFull)
            try await fixture.provisioner.delete(spec.id, as: fixture.credentials)
            #expect(try await fixture.provisioner.volume(spec.id, as: fixture.credentials) == nil)
        } catch {
            try setFull(fixture.dev, "0.95")
            throw error
        }
        try setFull(fixture.dev, "0.95")
        #expect(try await fixture.until(.seconds(60)) { await failure() == nil })
        try await fixture.end()
    }
}
