import Ceph
import Cryptography
import Foundation
import Testing
import Volumes

@testable import CephVolumes

@Suite("Calls without secrets", .usesCluster) struct DefaultCredentialsTests {
    @Test("without a user in the configuration, the last one that Ceph accepted is whom they are made as")
    func remembered() async throws {
        let fixture = try Fixture()
        let unknown = await fixture.failure { _ = try await fixture.manager.volumes(after: nil, limit: 1) }
        guard case .preconditionFailed(let text) = unknown else { throw Unexpected() }
        #expect(text.contains("user and keyFile") && text.contains("CreateVolume"))
        // Who is not accepted is not remembered.
        let stranger = CephCredentials(user: "nobody", key: Secret(fixture.dev.keyText))
        _ = await fixture.failure { _ = try await fixture.provisioner.volume(fixture.id("v"), as: stranger) }
        let still = await fixture.failure { _ = try await fixture.manager.volumes(after: nil, limit: 1) }
        #expect(still == unknown)
        try await fixture.provisioner.create(fixture.spec("v1"), as: fixture.credentials)
        #expect(try await fixture.listed().count == 1)
        #expect(try await fixture.manager.details(fixture.id("v1")) != nil)
        try await fixture.end()
    }

    @Test("the configuration's user needs no other call before, and a key that is replaced is in force at once")
    func configured() async throws {
        let file = FileManager.default.temporaryDirectory.path + "/key-\(UUID())"
        defer { try? FileManager.default.removeItem(atPath: file) }
        let dev = try DevCluster()
        let fixture = try Fixture { cluster, _ in
            cluster.user = dev.provisioner
            cluster.keyFile = file
        }
        func failure() async -> VolumeError? {
            await fixture.failure { _ = try await fixture.manager.volumes(after: nil, limit: 1) }
        }
        guard case .preconditionFailed(let missing) = await failure() else { throw Unexpected() }
        #expect(missing.contains(file))
        try "no key".write(toFile: file, atomically: true, encoding: .utf8)
        guard case .preconditionFailed(let none) = await failure() else { throw Unexpected() }
        #expect(none.contains(file) && !none.contains("no key"))
        let other = "AQBQ1sFmAAAAABAAxJv0vC6rFj5u0oQbZ3nO0g=="
        try other.write(toFile: file, atomically: true, encoding: .utf8)
        guard case .unauthenticated(let wrong) = await failure() else { throw Unexpected() }
        #expect(!wrong.contains(other))
        try (dev.keyText + "\n").write(toFile: file, atomically: true, encoding: .utf8)
        #expect(await failure() == nil)
        try await fixture.end()
    }

    @Test("what is left is the data pool's room, and no more than the root's quota leaves")
    func capacity() async throws {
        let fixture = try Fixture()
        try await fixture.provisioner.create(fixture.spec("v1"), as: fixture.credentials)
        let (cluster, filesystem) = (fixture.cluster.id, fixture.cluster.filesystem)
        let pool = try DevCluster.variable("DEV_CLUSTER_DATA_POOL")
        func available(_ pool: String? = nil) async throws -> Int64 {
            try await fixture.manager.availableBytes(cluster: cluster, filesystem: filesystem, dataPool: pool)
        }
        let whole = try await available()
        #expect(whole > 1 << 30)
        #expect(try await abs(available(pool) - whole) < whole / 10)
        let wrong = await fixture.failure { _ = try await available("no-such-pool") }
        guard case .invalid(field: "parameters[dataPool]", _) = wrong else { throw Unexpected() }
        // The root's quota is another's to set: the mount's own root can't carry one for its users.
        let root = fixture.cluster.root
        let above = try fixture.administrator()
        try await fixture.mounted(above, root) {
            try $0.setAttribute("ceph.quota.max_bytes", of: "/", to: "\(1 << 30)")
        }
        let left = try await available()
        try await fixture.mounted(above, root) { try $0.setAttribute("ceph.quota.max_bytes", of: "/", to: "0") }
        #expect(left <= 1 << 30 && left > 0)
        try await fixture.end()
    }

    @Test("a cluster that does not answer fails the list instead of shortening it")
    func unavailable() async throws {
        let fixture = try Fixture { cluster, options in
            cluster.monitors = ["127.0.0.1:1"]
            options.connectTimeoutSeconds = 2
        }
        fixture.backend.store.users.remember(fixture.credentials, for: fixture.cluster.id)
        let error = await fixture.failure { _ = try await fixture.manager.volumes(after: nil, limit: 1) }
        guard case .unavailable = error else { throw Unexpected() }
        await fixture.backend.close()
    }
}
