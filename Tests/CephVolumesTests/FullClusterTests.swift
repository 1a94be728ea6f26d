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

    @Test("a data pool whose own quota is used up is named as what may be full")
    func poolQuota() async throws {
        let fixture = try Fixture()
        let pool = try DevCluster.variable("DEV_CLUSTER_DATA_POOL")
        let volume = try await fixture.provisioner.create(fixture.spec("v1"), as: fixture.credentials)
        try await fixture.write("more than a byte", to: volume, "f")
        try fixture.dev.ceph("osd", "pool", "set-quota", pool, "max_bytes", "1")
        defer { _ = try? fixture.dev.ceph("osd", "pool", "set-quota", pool, "max_bytes", "0") }
        var last: VolumeError?
        let isFull = try await fixture.until(.seconds(60)) {
            last = await fixture.failure {
                try await fixture.provisioner.create(fixture.spec("more"), as: fixture.credentials)
                try await fixture.provisioner.delete(fixture.id("more"), as: fixture.credentials)
            }
            return last != nil
        }
        #expect(isFull)
        guard case .capacityExhausted(let text) = last else {
            Issue.record("\(String(describing: last))")
            return
        }
        #expect(text.contains("the quota of the data pool"), "\(text)")
        try fixture.dev.ceph("osd", "pool", "set-quota", pool, "max_bytes", "0")
        #expect(
            try await fixture.until(.seconds(60)) {
                await fixture.failure {
                    try await fixture.provisioner.create(fixture.spec("more"), as: fixture.credentials)
                    try await fixture.provisioner.delete(fixture.id("more"), as: fixture.credentials)
                } == nil
            }
        )
        try await fixture.provisioner.delete(fixture.id("v1"), as: fixture.credentials)
        try await fixture.end()
    }
}
