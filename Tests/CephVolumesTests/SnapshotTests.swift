import Ceph
import Foundation
import JSON
import Testing
import Volumes

@testable import CephVolumes

@Suite("A snapshot's life", .usesCluster) struct SnapshotTests {
    @Test("a snapshot is taken, found, found again by the same request, and removed, twice if need be")
    func life() async throws {
        let fixture = try Fixture()
        let manager = fixture.snapshots()
        let volume = try await fixture.provisioner.create(fixture.spec("v1"), as: fixture.credentials)
        try await fixture.write("before", to: volume, "f")
        let id = try fixture.id("s1")
        #expect(try await manager.snapshot(id, as: fixture.credentials) == nil)
        let snapshot = try await fixture.take("s1", of: "v1")
        #expect(snapshot.id == id && snapshot.requestName == "s1" && snapshot.source == volume.id)
        #expect(snapshot.size == volume.capacity?.bytes)
        #expect(abs(Double(snapshot.createdSeconds) - Date().timeIntervalSince1970) < 30)
        #expect(snapshot.createdNanoseconds > 0)
        #expect(try await fixture.take("s1", of: "v1") == snapshot)
        #expect(try await manager.snapshot(id, as: nil) == snapshot)
        try await fixture.write("after", to: volume, "f")
        let directory = "/\(fixture.cluster.group)/v1"
        let kept = try await fixture.read("\(directory)/.snap/s1/\(fixture.uuid(volume))/f")
        #expect(kept == "before")
        try await manager.deleteSnapshot(id, as: fixture.credentials)
        #expect(try await manager.snapshot(id, as: fixture.credentials) == nil)
        try await manager.deleteSnapshot(id, as: fixture.credentials)
        #expect(try await fixture.names("\(directory)/.snap").isEmpty)
        try await fixture.take("s1", of: "v1")
        #expect(try await fixture.read("\(directory)/.snap/s1/\(fixture.uuid(volume))/f") == "after")
        try await manager.deleteSnapshot(id, as: fixture.credentials)
        try await fixture.end(volumes: "v1")
    }

    @Test("a name that is taken by another volume's snapshot is refused, one of a missing volume is not found")
    func conflicts() async throws {
        let fixture = try Fixture()
        try await fixture.provisioner.create(fixture.spec("v1"), as: fixture.credentials)
        try await fixture.provisioner.create(fixture.spec("v2"), as: fixture.credentials)
        try await fixture.take("s1", of: "v1")
        let taken = await #expect(throws: VolumeError.self) { try await fixture.take("s1", of: "v2") }
        guard case .alreadyExists(let conflict) = taken else { throw Unexpected() }
        #expect(conflict.contains(":v1"))
        let missing = await #expect(throws: VolumeError.self) { try await fixture.take("s2", of: "v3") }
        guard case .notFound = missing else { throw Unexpected() }
        #expect(try await fixture.names("/_snapshots/\(fixture.cluster.group)") == ["s1"])
        try await fixture.remove("s1")
        try await fixture.end(volumes: "v1", "v2")
    }

    @Test("a snapshot of that name that somebody else made is neither taken over nor removed")
    func strangers() async throws {
        let fixture = try Fixture()
        let directory = "/\(fixture.cluster.group)/v1"
        try await fixture.provisioner.create(fixture.spec("v1"), as: fixture.credentials)
        try await fixture.asAdmin { try $0.makeSnapshot(of: directory, name: "s1") }
        let error = await #expect(throws: VolumeError.self) { try await fixture.take("s1", of: "v1") }
        guard case .alreadyExists = error else { throw Unexpected() }
        try await fixture.remove("s1")
        #expect(try await fixture.names("\(directory)/.snap") == ["s1"])
        #expect(try await fixture.names("/_snapshots/\(fixture.cluster.group)").isEmpty)
        try await fixture.asAdmin { try $0.removeSnapshot(of: directory, name: "s1") }
        try await fixture.end(volumes: "v1")
    }

    @Test("ceph fs subvolume lists the snapshots")
    func mgr() async throws {
        let fixture = try Fixture()
        try await fixture.provisioner.create(fixture.spec("v1"), as: fixture.credentials)
        try await fixture.take("s1", of: "v1")
        let (fs, group) = (fixture.cluster.filesystem, fixture.cluster.group)
        let list = try fixture.dev.ceph("fs", "subvolume", "snapshot", "ls", fs, "v1", "--group_name", group)
        #expect(try JSONValue(parsing: list).array == [.object(["name": .string("s1")])])
        try await fixture.remove("s1")
        try await fixture.end(volumes: "v1")
    }

    @Test("lists are in the order of ids, go on behind any id, and can be of one volume")
    func lists() async throws {
        let fixture = try Fixture()
        let manager = fixture.snapshots()
        let group = fixture.cluster.group
        for volume in ["v1", "v2"] {
            try await fixture.provisioner.create(fixture.spec(volume), as: fixture.credentials)
            for number in 1...3 { try await fixture.take("\(volume)-s\(number)", of: volume) }
        }
        func page(_ source: String?, _ last: String?, _ limit: Int) async throws -> ([String], String?) {
            let page = try await manager.snapshots(
                of: source.map { try fixture.id($0) },
                after: last.map { try fixture.id($0) },
                limit: limit,
                as: nil
            )
            return (page.entries.filter { $0.id.group == group }.map(\.id.volume), page.next?.volume)
        }
        let of1 = try await page("v1", nil, 10)
        #expect(of1 == (["v1-s1", "v1-s2", "v1-s3"], nil))
        let first = try await page("v2", nil, 2)
        #expect(first == (["v2-s1", "v2-s2"], "v2-s2"))
        try await fixture.remove("v2-s2")
        let rest = try await page("v2", "v2-s2", 2)
        #expect(rest == (["v2-s3"], nil))
        var all: [String] = []
        var last: SnapshotID?
        repeat {
            let page = try await manager.snapshots(of: nil, after: last, limit: 2, as: fixture.credentials)
            all += page.entries.filter { $0.id.group == group }.map(\.id.volume)
            last = page.next
        } while last != nil
        #expect(all == ["v1-s1", "v1-s2", "v1-s3", "v2-s1", "v2-s3"])
        for name in all { try await fixture.remove(name) }
        try await fixture.end(volumes: "v1", "v2")
    }
}

@Suite("Snapshots of deleted volumes", .usesCluster) struct RetainedVolumeTests {
    @Test("they stay as they were, the name is free at once, and with the last one all is gone")
    func retained() async throws {
        let fixture = try Fixture()
        let manager = fixture.snapshots()
        let volume = try await fixture.provisioner.create(fixture.spec("v1"), as: fixture.credentials)
        try await fixture.write("kept", to: volume, "f")
        let inner = "\(fixture.relative(volume.dataPath))/inner"
        try await fixture.asAdmin { try $0.makeDirectory(inner, mode: 0o755) }
        try await fixture.write("kept too", to: volume, "inner/f")
        let snapshot = try await fixture.take("s1", of: "v1")
        try await fixture.take("s2", of: "v1")
        try await fixture.provisioner.delete(volume.id, as: fixture.credentials)
        #expect(try await fixture.provisioner.volume(volume.id, as: fixture.credentials) == nil)
        let uuid = fixture.uuid(volume)
        let place = "/_retained/\(fixture.cluster.group).v1.\(uuid)"
        // What the volume itself held goes; what the snapshots hold stays.
        #expect(try await fixture.until { try await fixture.names("\(place)/\(uuid)") == ["inner"] })
        #expect(try await fixture.until { try await fixture.names("\(place)/\(uuid)/inner").isEmpty })
        #expect(try await fixture.names(place) == [uuid])
        // As the provisioner, whose caps end at the root: it is who restores.
        let path = "\(place)/.snap/s1/\(uuid)/inner/f"
        let nested = try await fixture.mounted(fixture.credentials, fixture.cluster.root) { mount in
            let file = try mount.openFile(path)
            defer { try? file.close() }
            return try file.read(upTo: 100)
        }
        #expect(nested == "kept too")
        #expect(try await fixture.read("\(place)/.snap/s1/\(uuid)/f") == "kept")
        #expect(try await manager.snapshot(snapshot.id, as: fixture.credentials) == snapshot)
        #expect(try await fixture.take("s1", of: "v1") == snapshot)
        let again = try await fixture.provisioner.create(fixture.spec("v1"), as: fixture.credentials)
        #expect(again.dataPath != volume.dataPath)
        let error = await #expect(throws: VolumeError.self) { try await fixture.take("s1", of: "v1") }
        guard case .alreadyExists = error else { throw Unexpected() }
        let page = try await manager.snapshots(of: volume.id, after: nil, limit: 10, as: fixture.credentials)
        #expect(page.entries.map(\.id.volume) == ["s1", "s2"])
        try await fixture.remove("s2")
        #expect(try await fixture.read("\(place)/.snap/s1/\(uuid)/f") == "kept")
        try await fixture.remove("s1")
        #expect(try await fixture.until { try await fixture.names("/_retained").allSatisfy { !$0.contains(uuid) } })
        try await fixture.end(volumes: "v1")
    }

    @Test("a volume that another replica took a snapshot of while it was being deleted goes on to keep it")
    func late() async throws {
        let fixture = try Fixture { _, options in options.upkeepInterval = .milliseconds(100) }
        let volume = try await fixture.provisioner.create(fixture.spec("v1"), as: fixture.credentials)
        try await fixture.take("s1", of: "v1")
        // As a replica leaves it that looked for snapshots before this one was taken.
        let group = fixture.cluster.group
        try await fixture.asAdmin { mount in
            try mount.makeDirectoryIfMissing("/_trash", mode: 0o700)
            try mount.rename("/\(group)/v1", to: "/_trash/20200101T000000.000000Z.v1")
        }
        let place = "/_retained/\(group).v1.\(fixture.uuid(volume))"
        let isKept = try await fixture.until {
            _ = try await fixture.provisioner.volume(volume.id, as: fixture.credentials)
            return try await fixture.names("\(place)/.snap") == ["s1"]
        }
        #expect(isKept)
        try await fixture.remove("s1")
        try await fixture.end(volumes: "v1")
    }
}

@Suite("What crashes leave of snapshots", .usesCluster) struct SnapshotCrashTests {
    /// How far a replica has got that died.
    enum Stage: CaseIterable {
        case blank, taking, taken, removing, removed
    }

    private func leave(_ stage: Stage, of volume: Volume, _ fixture: Fixture) async throws {
        let (group, uuid, id) = (fixture.cluster.group, fixture.uuid(volume), try fixture.id("s1"))
        try await fixture.asAdmin { mount in
            for path in ["/_snapshots", "/_snapshots/\(group)", "/_snapshots/\(group)/s1"] {
                try mount.makeDirectoryIfMissing(path, mode: 0o700)
            }
            guard stage != .blank else { return }
            let isRemoving = stage == .removing || stage == .removed
            let record = SnapshotRecord(
                requestName: "s1",
                source: volume.id,
                data: uuid,
                state: isRemoving ? .removing : .taking
            )
            try mount.addAttribute("user.csi.snapshot", of: "/_snapshots/\(group)/s1", record.text)
            guard stage == .taken || stage == .removing else { return }
            let metadata = ["csi.snapshot": id.description, "csi.data": uuid, "csi.size": "77"]
            try mount.makeSnapshot(of: "/\(group)/v1", name: "s1", metadata: metadata)
        }
    }

    @Test("an equal request finishes it, and lists skip it until then", arguments: Stage.allCases)
    func finished(_ stage: Stage) async throws {
        let fixture = try Fixture()
        let manager = fixture.snapshots()
        let volume = try await fixture.provisioner.create(fixture.spec("v1"), as: fixture.credentials)
        try await leave(stage, of: volume, fixture)
        #expect(try await manager.snapshot(fixture.id("s1"), as: fixture.credentials) == nil)
        let page = try await manager.snapshots(of: volume.id, after: nil, limit: 9, as: fixture.credentials)
        #expect(page.entries.isEmpty)
        let snapshot = try await fixture.take("s1", of: "v1")
        #expect(snapshot.size == (stage == .taken ? 77 : 1 << 30))
        #expect(try await manager.snapshot(fixture.id("s1"), as: fixture.credentials) == snapshot)
        try await fixture.remove("s1")
        try await fixture.end(volumes: "v1")
    }

    @Test("removal removes it, whether the volume is there or not", arguments: Stage.allCases, [true, false])
    func removed(_ stage: Stage, _ isDeleted: Bool) async throws {
        let fixture = try Fixture()
        let volume = try await fixture.provisioner.create(fixture.spec("v1"), as: fixture.credentials)
        try await leave(stage, of: volume, fixture)
        if isDeleted { try await fixture.provisioner.delete(volume.id, as: fixture.credentials) }
        try await fixture.remove("s1")
        try await fixture.end(volumes: "v1")
    }

    @Test("a half-made snapshot of a volume that was deleted gives way to one of the next volume of its name")
    func nextVolume() async throws {
        let fixture = try Fixture()
        let volume = try await fixture.provisioner.create(fixture.spec("v1"), as: fixture.credentials)
        try await leave(.taken, of: volume, fixture)
        try await fixture.provisioner.delete(volume.id, as: fixture.credentials)
        try await fixture.provisioner.create(fixture.spec("v1"), as: fixture.credentials)
        #expect(try await fixture.take("s1", of: "v1").size == 1 << 30)
        try await fixture.remove("s1")
        try await fixture.end(volumes: "v1")
    }

    @Test("a deleted volume that lost its last snapshot before a crash is removed by the next start")
    func orphan() async throws {
        let fixture = try Fixture()
        let volume = try await fixture.provisioner.create(fixture.spec("v1"), as: fixture.credentials)
        let place = "_retained/\(fixture.cluster.group).v1.\(fixture.uuid(volume))"
        let group = fixture.cluster.group
        try await fixture.asAdmin { mount in
            try mount.makeDirectoryIfMissing("/_retained", mode: 0o700)
            try mount.rename("/\(group)/v1", to: "/\(place)")
        }
        let next = fixture.another()
        _ = try await next.provisioner.volume(volume.id, as: fixture.credentials)
        try await fixture.end(volumes: "v1")
        await next.close()
    }
}
