import Ceph
import Foundation
import Synchronization
import Testing
import Volumes

@testable import CephVolumes

@Suite("A group snapshot's life", .usesCluster) struct GroupSnapshotTests {
    @Test("it is taken, found, found again by the same request, and removed with its members, twice if need be")
    func life() async throws {
        let fixture = try Fixture()
        try await fixture.makeVolumes("v1", "v2", "v3")
        let taken = try await fixture.takeGroup("g1", of: "v2", "v1", "v3")
        #expect(taken.members.map(\.source.volume) == ["v1", "v2", "v3"])
        #expect(taken.members.allSatisfy { $0.group == taken.id && $0.createdSeconds > 0 })
        #expect(try await fixture.takeGroup("g1", of: "v3", "v1", "v2") == taken)
        #expect(try await fixture.groups().groupSnapshot(taken.id, as: nil) == taken)
        let ids = taken.members.map(\.id).sorted { $0.description < $1.description }
        #expect(try await fixture.listedSnapshots() == ids)
        for member in taken.members {
            #expect(try await fixture.snapshots().snapshot(member.id, as: nil) == member)
            let path = "/\(fixture.cluster.group)/\(member.source.volume)/.snap"
            #expect(try await fixture.names(path) == [member.id.volume])
        }
        try await fixture.removeGroup(taken)
        #expect(try await fixture.groups().groupSnapshot(taken.id, as: nil) == nil)
        #expect(try await fixture.listedSnapshots().isEmpty)
        try await fixture.removeGroup(taken)
        try await fixture.endGroups(volumes: "v1", "v2", "v3")
    }

    @Test("a member is not removed alone, and holds what it held when its volume is gone")
    func members() async throws {
        let fixture = try Fixture()
        try await fixture.makeVolumes("v1", "v2")
        let volume = try #require(
            try await fixture.provisioner.volume(fixture.id("v1"), as: fixture.credentials)
        )
        try await fixture.write("kept", to: volume, "f")
        let taken = try await fixture.takeGroup("g1", of: "v1", "v2")
        let member = taken.members[0]
        let error = await #expect(throws: VolumeError.self) {
            try await fixture.snapshots().deleteSnapshot(member.id, as: fixture.credentials)
        }
        guard case .invalid("snapshot_id", let fix) = error else { throw Unexpected() }
        #expect(fix.contains(taken.id.description))
        try await fixture.provisioner.delete(volume.id, as: fixture.credentials)
        let uuid = fixture.uuid(volume)
        let place = "/_retained/\(fixture.cluster.group).v1.\(uuid)"
        #expect(try await fixture.read("\(place)/.snap/\(member.id.volume)/\(uuid)/f") == "kept")
        #expect(try await fixture.groups().groupSnapshot(taken.id, as: nil) == taken)
        #expect(try await fixture.takeGroup("g1", of: "v1", "v2") == taken)
        try await fixture.removeGroup(taken)
        #expect(try await fixture.until { try await fixture.names("/_retained").allSatisfy { !$0.contains(uuid) } })
        try await fixture.endGroups(volumes: "v1", "v2")
    }

    @Test("a name that is taken by others is refused, and so are missing volumes and wrong members")
    func conflicts() async throws {
        let fixture = try Fixture()
        try await fixture.makeVolumes("v1", "v2")
        let taken = try await fixture.takeGroup("g1", of: "v1")
        let other = await #expect(throws: VolumeError.self) { try await fixture.takeGroup("g1", of: "v1", "v2") }
        guard case .alreadyExists(let conflict) = other else { throw Unexpected() }
        #expect(conflict.contains("other volumes: v1"))
        let spec = try fixture.groupSpec("g1", ["v1"], .frozen)
        let consistency = await #expect(throws: VolumeError.self) {
            try await fixture.groups().takeGroupSnapshot(spec, as: fixture.credentials, fencer: nil)
        }
        guard case .alreadyExists = consistency else { throw Unexpected() }
        let missing = await #expect(throws: VolumeError.self) { try await fixture.takeGroup("g2", of: "v1", "v9") }
        guard case .notFound(let message) = missing else { throw Unexpected() }
        #expect(message.contains(":v9"))
        #expect(try await fixture.listedSnapshots() == taken.members.map(\.id))
        let wrong = await #expect(throws: VolumeError.self) {
            try await fixture.groups().deleteGroupSnapshot(
                taken.id,
                members: [],
                as: fixture.credentials,
                fencer: nil
            )
        }
        guard case .invalid("snapshot_ids", _) = wrong else { throw Unexpected() }
        #expect(try await fixture.groups().groupSnapshot(taken.id, as: nil) == taken)
        try await fixture.removeGroup(taken)
        try await fixture.endGroups(volumes: "v1", "v2")
    }

    @Test("a snapshot of an ordinary request and a member never pass for each other")
    func names() async throws {
        let fixture = try Fixture()
        try await fixture.makeVolumes("v1", "v2")
        let spec = try fixture.groupSpec("g1", ["v1", "v2"])
        let (first, second) = (spec.members[0], spec.members[1])
        func takeAlone(_ member: GroupSnapshotSpec.Member) async throws -> Snapshot {
            try await fixture.snapshots().takeSnapshot(
                member.snapshot,
                name: member.name,
                of: member.volume,
                as: fixture.credentials
            )
        }
        _ = try await takeAlone(second)
        let taken = await #expect(throws: VolumeError.self) { try await fixture.takeGroup("g1", of: "v1", "v2") }
        guard case .alreadyExists = taken else { throw Unexpected() }
        // What the attempt had done is undone, and what it met stays.
        #expect(try await fixture.listedSnapshots() == [second.snapshot])
        #expect(try await fixture.names("/\(fixture.cluster.group)/v1/.snap").isEmpty)
        try await fixture.snapshots().deleteSnapshot(second.snapshot, as: fixture.credentials)
        let whole = try await fixture.takeGroup("g1", of: "v1", "v2")
        let member = await #expect(throws: VolumeError.self) { try await takeAlone(first) }
        guard case .alreadyExists(let conflict) = member else { throw Unexpected() }
        #expect(conflict.contains(whole.id.description))
        try await fixture.removeGroup(whole)
        try await fixture.endGroups(volumes: "v1", "v2")
    }

    @Test("a cluster that can't freeze volumes says what it is and what there is instead, and takes nothing")
    func unsupported() async throws {
        let fixture = try Fixture()
        try await fixture.makeVolumes("v1")
        let error = await #expect(throws: VolumeError.self) {
            try await fixture.groups().takeGroupSnapshot(
                fixture.groupSpec("g1", ["v1"], .frozen),
                as: fixture.credentials,
                fencer: nil
            )
        }
        guard case .preconditionFailed(let message) = error else { throw Unexpected() }
        #expect(message.contains("ceph version 16.2") && message.contains("groupSnapshotConsistency: crash-per-volume"))
        #expect(try await fixture.listedSnapshots().isEmpty)
        try await fixture.endGroups(volumes: "v1")
    }

    @Test("the longest names and the most volumes fit a group snapshot's record")
    func largest() async throws {
        let fixture = try Fixture()
        let volumes = (10..<10 + GroupSnapshotSpec.maximumMembers).map { String(repeating: "v", count: 98) + "\($0)" }
        let record = GroupSnapshotRecord(
            requestName: String(repeating: "n", count: 128),
            consistency: .crashPerVolume,
            members: volumes.map { .init(volume: $0, snapshot: $0) },
            state: .taking,
            attempt: RandomUUID.make()
        )
        let id = try fixture.id("g1")
        _ = try await fixture.provisioner.volume(id, as: fixture.credentials)
        let group = fixture.cluster.group
        try await fixture.asAdmin { mount in
            try mount.makeDirectoryIfMissing("/_groupsnapshots", mode: 0o700)
            try mount.makeDirectoryIfMissing("/_groupsnapshots/\(group)", mode: 0o700)
            try mount.makeDirectoryIfMissing("/_groupsnapshots/\(group)/g1", mode: 0o700)
            try mount.setAttribute("user.csi.groupsnapshot", of: "/_groupsnapshots/\(group)/g1", to: record.text)
            let text = try mount.attribute("user.csi.groupsnapshot", of: "/_groupsnapshots/\(group)/g1")
            let read = try GroupSnapshotRecord(text: text, path: "")
            #expect(read == record)
            try mount.removeDirectory("/_groupsnapshots/\(group)/g1")
            try mount.removeDirectory("/_groupsnapshots/\(group)")
        }
        await fixture.backend.close()
    }
}

@Suite("Group snapshots of frozen volumes", .usesCluster) struct FrozenGroupSnapshotTests {
    /// Notes which snapshots there are when it is called.
    private struct Freezer: TreeFreezer {
        let fixture: Fixture
        let attempt: String
        let expires: Bool
        let isLate: Bool
        let cancelled: Cancelled

        private func there() async throws -> Int {
            var count = 0
            for volume in ["v1", "v2"] {
                count += try await fixture.names("/\(fixture.cluster.group)/\(volume)/.snap").count
            }
            return count
        }

        func freeze() async throws {
            #expect(try await there() == 0)
            if isLate { throw VolumeError.unavailable("late") }
        }

        func release() async throws {
            #expect(try await there() == 2)
            if expires { throw VolumeError.unavailable("expired") }
        }

        func cancel() async throws { cancelled.attempts.withLock { $0.append(attempt) } }
    }

    /// The attempts that were let go of.
    private final class Cancelled: Sendable {
        let attempts = Mutex<[String]>([])
    }

    private func take(
        _ fixture: Fixture,
        isLate: Bool = false,
        expires: Bool = false,
        cancelled: Cancelled = Cancelled()
    ) async throws -> GroupSnapshot {
        let spec = try fixture.groupSpec("g1", ["v1", "v2"], .frozen)
        let store = fixture.backend.store
        let request = try store.request(spec.id, fixture.credentials)
        let taking = GroupSnapshotTaking(spec: spec) { directories, attempt in
            let root = "\(fixture.cluster.root)/\(fixture.cluster.group)"
            #expect(directories.allSatisfy { $0.hasPrefix("\(root)/v") && $0.split(separator: "/").count == 4 })
            #expect(directories.count == (attempt == "earlier" ? 0 : 2))
            return Freezer(
                fixture: fixture,
                attempt: attempt,
                expires: expires,
                isLate: isLate,
                cancelled: cancelled
            )
        } purge: { _ in
        }
        let members = spec.members.map { ($0.volume, $0.snapshot) }
        return try await store.performGroup("taking", request, members) { try await taking.run($0) }
    }

    @Test("every snapshot is made while they are frozen")
    func frozen() async throws {
        let fixture = try Fixture()
        try await fixture.makeVolumes("v1", "v2")
        let taken = try await take(fixture)
        #expect(taken.members.count == 2)
        try await fixture.removeGroup(taken)
        try await fixture.endGroups(volumes: "v1", "v2")
    }

    @Test("where they can't be frozen in time, or thaw early, nothing is left", arguments: [true, false])
    func failed(_ isLate: Bool) async throws {
        let fixture = try Fixture()
        try await fixture.makeVolumes("v1", "v2")
        let cancelled = Cancelled()
        await #expect(throws: VolumeError.unavailable(isLate ? "late" : "expired")) {
            try await take(fixture, isLate: isLate, expires: !isLate, cancelled: cancelled)
        }
        #expect(cancelled.attempts.withLock { $0.count } == 1)
        #expect(try await fixture.listedSnapshots().isEmpty)
        for volume in ["v1", "v2"] {
            #expect(try await fixture.names("/\(fixture.cluster.group)/\(volume)/.snap").isEmpty)
        }
        try await fixture.endGroups(volumes: "v1", "v2")
    }
}

extension FrozenGroupSnapshotTests {
    @Test("what an attempt that died has left frozen is let go of by the next one")
    func thawed() async throws {
        let fixture = try Fixture()
        try await fixture.makeVolumes("v1", "v2")
        let spec = try fixture.groupSpec("g1", ["v1", "v2"], .frozen)
        let record = GroupSnapshotRecord(spec, attempt: "earlier")
        let group = fixture.cluster.group
        try await fixture.asAdmin { mount in
            for path in ["/_groupsnapshots", "/_groupsnapshots/\(group)", "/_groupsnapshots/\(group)/g1"] {
                try mount.makeDirectoryIfMissing(path, mode: 0o700)
            }
            try mount.addAttribute("user.csi.groupsnapshot", of: "/_groupsnapshots/\(group)/g1", record.text)
        }
        let cancelled = Cancelled()
        let taken = try await take(fixture, cancelled: cancelled)
        #expect(cancelled.attempts.withLock { $0 } == ["earlier"])
        try await fixture.removeGroup(taken)
        try await fixture.endGroups(volumes: "v1", "v2")
    }
}
