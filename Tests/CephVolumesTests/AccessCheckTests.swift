import Ceph
import Cryptography
import Foundation
import Testing
import Volumes

@testable import CephVolumes

@Suite("OSD caps that do not fit are found when a volume is made", .usesCluster) struct AccessCheckTests {
    private func refusal(
        _ fixture: Fixture,
        _ isolation: Isolation,
        as credentials: CephCredentials
    ) async throws -> String {
        let spec = try fixture.spec("checked", properties: VolumeProperties(isolation: isolation))
        let error = await #expect(throws: VolumeError.self) {
            try await fixture.provisioner.create(spec, as: credentials)
        }
        #expect(try await fixture.leftovers(of: "checked").isEmpty)
        #expect(try await fixture.names("/\(fixture.cluster.group)").isEmpty)
        guard case .permissionDenied(let missing) = error else { throw Unexpected() }
        return missing
    }

    @Test("a provisioner for namespaces makes no volume without one, and is told the cap")
    func path() async throws {
        let fixture = try Fixture()
        let missing = try await refusal(fixture, .path, as: fixture.credentials)
        #expect(missing.contains("client.csi-provisioner") && missing.contains("isolation path"))
        #expect(missing.contains("'allow rw tag cephfs data=\(fixture.cluster.filesystem)'"))
        try await fixture.provisioner.create(fixture.spec("checked"), as: fixture.credentials)
        try await fixture.end()
    }

    @Test(
        "one that may reach only the records, only read, or another pool's namespaces, is told pool and namespace",
        arguments: [
            "allow rw pool={pool} namespace=cephfs-csi-meta", "allow r pool={pool} namespace=cephfs-csi-*",
            "allow rw pool=other namespace=cephfs-csi-*",
            "allow w pool={pool} namespace=cephfs-csi-*, allow rw pool={pool} namespace=cephfs-csi-meta",
        ]
    )
    func namespace(_ osd: String) async throws {
        let fixture = try Fixture()
        try await fixture.provisioner.create(fixture.spec("warm"), as: fixture.credentials)
        try await fixture.provisioner.delete(fixture.id("warm"), as: fixture.credentials)
        let pool = try DevCluster.variable("DEV_CLUSTER_DATA_POOL")
        let caps = ["mon", "allow r", "mds", "allow rwfps fsname=\(fixture.cluster.filesystem) path=/volumes", "osd"]
        let made = ["auth", "get-or-create", "client.check-osd"] + caps + [osd.replacing("{pool}", with: pool)]
        #expect(try fixture.dev.tool("ceph", made).status == 0)
        let key = try fixture.dev.ceph("auth", "get-key", "client.check-osd")
        let missing = try await refusal(fixture, .namespace, as: CephCredentials(user: "check-osd", key: Secret(key)))
        #expect(missing.contains("client.check-osd"))
        #expect(missing.contains("'allow rw pool=\(pool) namespace=cephfs-csi-*'"))
        try fixture.dev.ceph("auth", "rm", "client.check-osd")
        try await fixture.end()
    }

    @Test("nothing of the check is left in the volume, and a volume smaller than its file is made too")
    func traceless() async throws {
        let fixture = try Fixture()
        let spec = VolumeSpec(
            id: try fixture.id("tiny"),
            requestName: "tiny",
            capacity: try CapacityRange(required: 1, limit: 1),
            properties: VolumeProperties()
        )
        let volume = try await fixture.provisioner.create(spec, as: fixture.credentials)
        #expect(volume.capacity?.bytes == 1)
        #expect(try await fixture.names(fixture.relative(volume.dataPath)).isEmpty)
        try await fixture.end()
    }
}
