import Ceph
import Foundation
import Synchronization
import Testing
import Volumes

@testable import CephVolumes

@Suite("What crashes leave of group snapshots", .usesCluster) struct GroupSnapshotCrashTests {
    /// How far a replica has got that died: of two volumes the first one's snapshot is made, or both.
    enum Stage: CaseIterable {
        case blank, taking, oneNamed, oneTaken, allTaken, removing, halfRemoved
    }

    private func leave(_ stage: Stage, _ fixture: Fixture) async throws {
        let group = fixture.cluster.group
        let spec = try fixture.groupSpec("g1", ["v1", "v2"])
        var record = GroupSnapshotRecord(spec, attempt: "earlier")
        if stage == .removing || stage == .halfRemoved { record.state = .removing }
        var data: [String] = []
        for member in spec.members {
            let volume = try await fixture.provisioner.volume(member.volume, as: fixture.credentials)
            data.append(fixture.uuid(try #require(volume)))
        }
        let text = record.text
        let members = Array(zip(spec.members, data).enumerated())
        try await fixture.asAdmin { mount in
            for path in ["/_groupsnapshots", "/_groupsnapshots/\(group)", "/_groupsnapshots/\(group)/g1"] {
                try mount.makeDirectoryIfMissing(path, mode: 0o700)
            }
            guard stage != .blank else { return }
            try mount.addAttribute("user.csi.groupsnapshot", of: "/_groupsnapshots/\(group)/g1", text)
            guard stage != .taking else { return }
            for (number, (member, data)) in members {
                guard number == 0 || ![.oneNamed, .oneTaken].contains(stage) else { continue }
                guard number == 1 || stage != .halfRemoved else { continue }
                var own = SnapshotRecord(
                    requestName: member.name,
                    source: member.volume,
                    data: data,
                    state: stage == .oneNamed || stage == .oneTaken ? .taking : .ready
                )
                own.membership = .init(group: spec.id, attempt: "earlier")
                for path in ["/_snapshots", "/_snapshots/\(group)", "/_snapshots/\(group)/\(member.snapshot.volume)"] {
                    try mount.makeDirectoryIfMissing(path, mode: 0o700)
                }
                let entry = "/_snapshots/\(group)/\(member.snapshot.volume)"
                try mount.addAttribute("user.csi.snapshot", of: entry, own.text)
                guard stage != .oneNamed else { continue }
                let metadata = ["csi.snapshot": member.snapshot.description, "csi.data": data, "csi.size": "77"]
                let directory = "/\(group)/\(member.volume.volume)"
                try mount.makeSnapshot(of: directory, name: member.snapshot.volume, metadata: metadata)
            }
        }
    }

    private func expectNothingVisible(_ fixture: Fixture) async throws {
        let spec = try fixture.groupSpec("g1", ["v1", "v2"])
        #expect(try await fixture.groups().groupSnapshot(spec.id, as: fixture.credentials) == nil)
        #expect(try await fixture.listedSnapshots().isEmpty)
        for member in spec.members {
            #expect(try await fixture.snapshots().snapshot(member.snapshot, as: fixture.credentials) == nil)
            let page = try await fixture.snapshots().snapshots(
                of: member.volume,
                after: nil,
                limit: 9,
                as: fixture.credentials
            )
            #expect(page.entries.isEmpty)
        }
    }

    @Test("nothing of it can be seen, and an equal request takes every member anew", arguments: Stage.allCases)
    func finished(_ stage: Stage) async throws {
        let fixture = try Fixture()
        try await fixture.makeVolumes("v1", "v2")
        try await leave(stage, fixture)
        try await expectNothingVisible(fixture)
        let taken = try await fixture.takeGroup("g1", of: "v1", "v2")
        // Those of the earlier attempt said 77.
        #expect(taken.members.map(\.size) == [1 << 30, 1 << 30])
        #expect(try await fixture.groups().groupSnapshot(taken.id, as: nil) == taken)
        try await fixture.removeGroup(taken)
        try await fixture.endGroups(volumes: "v1", "v2")
    }

    @Test("removal removes it, whether the volumes are there or not", arguments: Stage.allCases, [true, false])
    func removed(_ stage: Stage, _ isDeleted: Bool) async throws {
        let fixture = try Fixture()
        try await fixture.makeVolumes("v1", "v2")
        try await leave(stage, fixture)
        if isDeleted {
            for name in ["v1", "v2"] { try await fixture.provisioner.delete(fixture.id(name), as: fixture.credentials) }
        }
        let id = try fixture.groupSpec("g1", ["v1", "v2"]).id
        try await fixture.groups().deleteGroupSnapshot(id, members: [], as: fixture.credentials, fencer: nil)
        try await expectNothingVisible(fixture)
        try await fixture.endGroups(volumes: "v1", "v2")
    }
}
