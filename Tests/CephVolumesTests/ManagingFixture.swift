import Ceph
import Cryptography
import Testing
import Volumes

@testable import CephVolumes

extension Fixture {
    /// The manager of the provisioner's process.
    var manager: CephVolumeManager { backend.manager }

    /// For looking and meddling only.
    func administrator() throws -> CephCredentials {
        CephCredentials(user: "admin", key: Secret(try dev.ceph("auth", "get-key", "client.admin")))
    }

    /// Every volume of the fixture's group, by pages of that size.
    func listed(_ manager: CephVolumeManager? = nil, pages limit: Int = 1000) async throws -> [VolumeDetails] {
        let manager = manager ?? self.manager
        var all: [VolumeDetails] = []
        var last: VolumeID?
        repeat {
            let page = try await manager.volumes(after: last, limit: limit)
            #expect(page.entries.count <= limit)
            all += page.entries
            last = page.next
        } while last != nil
        return all.filter { $0.volume.id.group == cluster.group }
    }

    /// Runs `body` and returns what it throws.
    func failure(_ body: () async throws -> Void) async -> VolumeError? {
        do {
            try await body()
            return nil
        } catch {
            return error as? VolumeError
        }
    }
}
