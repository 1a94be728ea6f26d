import Ceph
import Foundation
import Testing
import Volumes

@testable import CephVolumes

@Suite("What crashes and other replicas leave behind", .usesCluster) struct CrashTests {
    /// How far a create had got when its process died.
    static let stages = 0..<6

    /// Leaves in staging what a create of `replica` has made after that many steps.
    private func leave(_ stage: Int, of spec: VolumeSpec, by replica: String, _ fixture: Fixture) async throws {
        let layout = VolumeLayout(root: "/volumes", group: spec.id.group, volume: spec.id.volume)
        let name = layout.stagingName(replica: ReplicaTag.make(from: replica), attempt: RandomUUID.make())
        try await fixture.asAdmin { mount in
            let path = "/_staging/\(name)"
            guard stage > 0 else { return }
            try mount.makeDirectory(path, mode: 0o711)
            guard stage > 1 else { return }
            try mount.setAttribute("ceph.dir.subvolume", of: path, to: "1")
            guard stage > 2 else { return }
            let file = try mount.createFile("\(path)/.meta", mode: 0o640)
            guard stage > 3 else { return }
            try file.write("[GLOBAL]")
            try mount.makeDirectory("\(path)/data", mode: 0o777)
            guard stage > 4 else { return }
            try mount.setAttribute("ceph.quota.max_bytes", of: "\(path)/data", to: "4194304")
        }
    }

    @Test("a retry after a crash at any step makes the volume, and staging is empty in the end", arguments: stages)
    func leftovers(_ stage: Int) async throws {
        let fixture = try Fixture(replica: "crashed-\(stage)-\(UUID())")
        // Staging must exist to leave something there.
        let warm = try Fixture()
        try await warm.provisioner.create(warm.spec("warm"), as: warm.credentials)
        try await warm.end()
        let spec = try fixture.spec("crash\(stage)")
        let replica = "crashed-replica-\(stage)"
        try await leave(stage, of: spec, by: replica, fixture)
        let again = fixture.another(replica)
        let volume = try await again.provisioner.create(spec, as: fixture.credentials)
        #expect(try await again.provisioner.create(spec, as: fixture.credentials) == volume)
        #expect(try await fixture.until { try await fixture.leftovers(of: "crash\(stage)").isEmpty })
        #expect(try await fixture.names("/\(fixture.cluster.group)") == ["crash\(stage)"])
        await again.close()
        try await fixture.end()
    }

    @Test("another replica's attempt is left alone until it is old, a live one of this replica always")
    func foreignAttempts() async throws {
        let fixture = try Fixture { _, options in options.foreignAttemptAge = .seconds(1) }
        let young = try Fixture()
        try await young.provisioner.create(young.spec("warm"), as: young.credentials)
        try await leave(5, of: young.spec("foreign"), by: "somebody-else", young)
        // A default provisioner waits an hour.
        try await young.provisioner.create(young.spec("warm2"), as: young.credentials)
        try await Task.sleep(for: .milliseconds(2500))
        #expect(try await young.leftovers(of: "foreign").count == 1)
        try await fixture.provisioner.create(fixture.spec("v1"), as: fixture.credentials)
        #expect(try await fixture.until { try await fixture.leftovers(of: "foreign").isEmpty })
        try await young.end()
        try await fixture.end()
    }

    @Test("deleted volumes that a crash left in the trash are purged by the next start")
    func trash() async throws {
        let fixture = try Fixture()
        try await fixture.provisioner.create(fixture.spec("v1"), as: fixture.credentials)
        try await fixture.asAdmin { mount in
            try mount.makeDirectory("/_trash/20200101T000000.000000Z.crashed", mode: 0o711)
            for number in 0..<20 {
                try mount.makeDirectory("/_trash/20200101T000000.000000Z.crashed/\(number)", mode: 0o711)
            }
        }
        let next = fixture.another()
        _ = try await next.provisioner.volume(fixture.id("v1"), as: fixture.credentials)
        #expect(try await fixture.until { try await fixture.leftovers(of: "crashed").isEmpty })
        await next.close()
        try await fixture.end()
    }

    @Test("a deleted volume with a snapshot waits in the trash without holding up others, and goes with its snapshot")
    func snapshots() async throws {
        let fixture = try Fixture { _, options in options.upkeepInterval = .milliseconds(100) }
        let group = fixture.cluster.group
        try await fixture.provisioner.create(fixture.spec("snapped"), as: fixture.credentials)
        try await fixture.asAdmin { try $0.makeDirectory("/\(group)/snapped/.snap/s1", mode: 0o755) }
        try await fixture.provisioner.delete(fixture.id("snapped"), as: fixture.credentials)
        try await fixture.provisioner.create(fixture.spec("other"), as: fixture.credentials)
        try await fixture.provisioner.delete(fixture.id("other"), as: fixture.credentials)
        #expect(try await fixture.until { try await fixture.leftovers(of: "other").isEmpty })
        let waiting = try await fixture.leftovers(of: "snapped")
        #expect(waiting.count == 1 && fixture.log.text.contains("it has snapshots"))
        try await fixture.asAdmin { try $0.removeDirectory("/_trash/\(waiting[0])/.snap/s1") }
        let gone = try await fixture.until {
            _ = try await fixture.provisioner.volume(fixture.id("other"), as: fixture.credentials)
            return try await fixture.leftovers(of: "snapped").isEmpty
        }
        #expect(gone)
        try await fixture.end()
    }

    @Test(
        "a mgr's record that is missing or empty is written again when the volume is touched",
        arguments: [true, false]
    )
    func metadata(_ isMissing: Bool) async throws {
        let fixture = try Fixture()
        let spec = try fixture.spec("v1")
        let volume = try await fixture.provisioner.create(spec, as: fixture.credentials)
        let path = "/\(fixture.cluster.group)/v1/.meta"
        try await fixture.asAdmin { mount in
            if isMissing {
                try mount.unlink(path)
            } else {
                try mount.createFile(path, mode: 0, replacing: true).close()
            }
        }
        #expect(try await fixture.provisioner.create(spec, as: fixture.credentials) == volume)
        let (fs, group) = (fixture.cluster.filesystem, fixture.cluster.group)
        let printed = try fixture.dev.ceph("fs", "subvolume", "getpath", fs, "v1", "--group_name", group)
        #expect(printed.trimmingCharacters(in: .whitespacesAndNewlines) == volume.dataPath)
        let layout = try await fixture.asAdmin { try $0.fileAttribute("ceph.file.layout", of: path) }
        #expect(layout.contains("cephfs-csi-meta"))
        #expect(try await fixture.leftovers(of: "v1").isEmpty)
        try await fixture.end()
    }

    @Test("a staging directory that an administrator made without its namespace is put right")
    func foreignStaging() async throws {
        let fixture = try Fixture()
        try await fixture.provisioner.create(fixture.spec("v1"), as: fixture.credentials)
        try await fixture.asAdmin { try $0.setAttribute("ceph.dir.layout.pool_namespace", of: "/_staging", to: "") }
        let next = fixture.another()
        try await next.provisioner.create(fixture.spec("v2"), as: fixture.credentials)
        let namespace = try await fixture.asAdmin { mount in
            try mount.attribute("ceph.dir.layout.pool_namespace", of: "/_staging")
        }
        #expect(namespace == "cephfs-csi-meta")
        await next.close()
        try await fixture.end()
    }

    @Test("staging removed under a running plugin costs a create nothing, and a clone, a restore or a view one retry")
    func removedStaging() async throws {
        let fixture = try Fixture()
        try await fixture.provisioner.create(fixture.spec("v1"), as: fixture.credentials)
        try await fixture.take("s1", of: "v1")
        let snapshot = ContentSource.snapshot(try fixture.id("s1"))
        var view = try fixture.spec("view", from: snapshot)
        view.isShallow = true
        let clone = try fixture.spec("c1", from: .volume(fixture.id("v1")))
        let specs = [try fixture.spec("r1", from: snapshot), clone, view]
        for spec in specs {
            try await fixture.asAdmin { try $0.removeTree("/_staging") }
            _ = try? await fixture.made(spec)
            try await fixture.made(spec)
        }
        try await fixture.asAdmin { try $0.removeTree("/_staging") }
        try await fixture.provisioner.create(fixture.spec("v2"), as: fixture.credentials)
        for name in ["view", "r1", "c1", "v2"] {
            try await fixture.provisioner.delete(fixture.id(name), as: fixture.credentials)
        }
        try await fixture.remove("s1")
        try await fixture.end(volumes: "v1")
    }

    @Test("staging, trash or group removed under a running plugin cost at most one retry")
    func removedPlaces() async throws {
        let fixture = try Fixture()
        let group = fixture.cluster.group
        try await fixture.provisioner.create(fixture.spec("v1"), as: fixture.credentials)
        try await fixture.provisioner.create(fixture.spec("v2"), as: fixture.credentials)
        try await fixture.provisioner.delete(fixture.id("v1"), as: fixture.credentials)
        _ = try await fixture.until { fixture.backend.trashBacklog == 0 }
        try await fixture.asAdmin { mount in
            try mount.removeTree("/_staging")
            try mount.removeTree("/_trash")
        }
        try await fixture.provisioner.delete(fixture.id("v2"), as: fixture.credentials)
        _ = try? await fixture.provisioner.create(fixture.spec("v3"), as: fixture.credentials)
        try await fixture.provisioner.create(fixture.spec("v3"), as: fixture.credentials)
        try await fixture.asAdmin { try $0.removeTree("/\(group)") }
        _ = try? await fixture.provisioner.create(fixture.spec("v4"), as: fixture.credentials)
        try await fixture.provisioner.create(fixture.spec("v4"), as: fixture.credentials)
        try await fixture.end()
    }
}
