import Ceph
import Foundation
import SampleTrees
import Testing
import Volumes

@testable import CephVolumes

@Suite("Copies after crashes", .usesCluster) struct CopyTakeoverTests {
    /// How far a life of the plugin has got that died.
    static let stages = 0..<6

    /// Leaves what a clone of v1 to c1 has made after so many steps.
    private func leave(_ stage: Int, _ spec: VolumeSpec, _ volume: Volume, by replica: String, _ fixture: Fixture)
        async throws
    {
        let staged = "/_staging/\(VolumeLayout.copyName(spec))"
        let data = RandomUUID.make()
        let record = CopyRecord(
            state: .preparing,
            data: data,
            sourceVolume: volume.id,
            sourceData: fixture.uuid(volume),
            snapshot: VolumeLayout.cloneSnapshot(for: spec.id),
            isTemporary: true,
            entries: 1,
            bytes: 1,
            owner: ReplicaTag.make(from: replica)
        )
        let source = "/\(fixture.cluster.group)/v1"
        try await fixture.asAdmin { [record] mount in
            var record = record
            try mount.makeDirectory(staged, mode: 0o711)
            guard stage > 0 else { return }
            try mount.setAttribute("user.csi.copy", of: staged, to: record.text)
            guard stage > 1 else { return }
            try mount.setAttribute("ceph.dir.subvolume", of: staged, to: "1")
            try mount.makeDirectory("\(staged)/\(data)", mode: 0o777)
            try mount.createFile("\(staged)/\(data)/.cephfs-csi-check", mode: 0o600).close()
            guard stage > 2 else { return }
            try mount.unlink("\(staged)/\(data)/.cephfs-csi-check")
            try mount.makeSnapshot(of: source, name: record.snapshot, metadata: ["csi.snapshot": "c1"])
            guard stage > 3 else { return }
            record.state = .copying
            try mount.setAttribute("user.csi.copy", of: staged, to: record.text)
            guard stage > 4 else { return }
            try mount.makeDirectory("\(staged)/.copying", mode: 0o700)
        }
    }

    @Test("the next life goes on with a clone, whatever the last one had done", arguments: stages)
    func goesOn(_ stage: Int) async throws {
        let fixture = try Fixture()
        let volume = try await fixture.sample("v1", files: 50)
        let spec = try fixture.spec("c1", from: .volume(volume.id), bytes: 20 << 30)
        let replica = "crashed-\(UUID())"
        try await leave(stage, spec, volume, by: replica, fixture)
        let next = fixture.another(replica)
        let clone = try await fixture.made(spec, by: next.provisioner)
        let (one, other) = (fixture.relative(volume.dataPath), fixture.relative(clone.dataPath))
        #expect(try await fixture.differences("\(one)/tree", "\(other)/tree").isEmpty)
        #expect(try await fixture.names(other) == ["tree"])
        #expect(try await fixture.snapshotNames("v1").isEmpty)
        await next.close()
        try await fixture.end(volumes: "v1", "c1")
    }

    @Test("a copy that was stopped half-way is gone on with by the next life")
    func resumed() async throws {
        let replica = "stopped-\(UUID())"
        let fixture = try Fixture(replica: replica) { _, options in
            options.copyWait = .milliseconds(300)
            options.copyWorkers = 1
        }
        let volume = try await fixture.sample("v1", files: 500)
        let spec = try fixture.spec("c1", from: .volume(volume.id), bytes: 20 << 30)
        await #expect(throws: VolumeError.self) {
            try await fixture.provisioner.create(spec, as: fixture.credentials)
        }
        await fixture.backend.close()
        let name = VolumeLayout.copyName(spec)
        #expect(try await fixture.names("/_staging").contains(name))
        let data = try await fixture.asAdmin { mount in
            CopyRecord(text: try mount.attribute("user.csi.copy", of: "/_staging/\(name)"))?.data
        }
        let next = fixture.another(replica)
        let clone = try await fixture.made(spec, by: next.provisioner)
        #expect(fixture.uuid(clone) == data)
        let (one, other) = (fixture.relative(volume.dataPath), fixture.relative(clone.dataPath))
        #expect(try await fixture.differences("\(one)/tree", "\(other)/tree").isEmpty)
        for volume in ["v1", "c1"] { try await next.provisioner.delete(fixture.id(volume), as: fixture.credentials) }
        #expect(try await fixture.until { next.trashBacklog == 0 })
        #expect(try await fixture.leftovers(of: "c1").isEmpty)
        await next.close()
        try await fixture.end()
    }

    @Test("another replica's copy is waited for while it lives, and taken over when it is dead")
    func otherReplica() async throws {
        let fixture = try Fixture { _, options in options.copyHeartbeat = .milliseconds(100) }
        let volume = try await fixture.sample("v1", files: 50)
        let spec = try fixture.spec("c1", from: .volume(volume.id), bytes: 20 << 30)
        try await leave(5, spec, volume, by: "somebody-else", fixture)
        let error = await #expect(throws: VolumeError.self) {
            try await fixture.provisioner.create(spec, as: fixture.credentials)
        }
        guard case .inProgress(let step) = error else { throw Unexpected() }
        #expect(step.contains("another replica"))
        try await fixture.made(spec)
        #expect(try await fixture.snapshotNames("v1").isEmpty)
        try await fixture.end(volumes: "v1", "c1")
    }

    @Test("what a copy left that nobody goes on with is swept with its snapshot when it is old, and not before")
    func swept() async throws {
        let fixture = try Fixture { _, options in
            options.upkeepInterval = .milliseconds(100)
            options.copyPatience = .seconds(3)
        }
        let volume = try await fixture.sample("v1", files: 10)
        let spec = try fixture.spec("c1", from: .volume(volume.id), bytes: 20 << 30)
        try await leave(5, spec, volume, by: "somebody-else", fixture)
        let name = VolumeLayout.copyName(spec)
        _ = try await fixture.provisioner.volume(volume.id, as: fixture.credentials)
        try await Task.sleep(for: .milliseconds(500))
        #expect(try await fixture.names("/_staging").contains(name))
        let isSwept = try await fixture.until {
            _ = try await fixture.provisioner.volume(volume.id, as: fixture.credentials)
            return try await !fixture.names("/_staging").contains(name)
        }
        #expect(isSwept)
        #expect(try await fixture.until { try await fixture.snapshotNames("v1").isEmpty })
        try await fixture.end(volumes: "v1", "c1")
    }
}
