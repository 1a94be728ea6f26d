import Ceph
import Cryptography
import Testing
import Volumes

@testable import CephVolumes

extension Fixture {
    /// The group snapshots of that provisioner's process.
    func groups(_ other: CephBackend? = nil) -> CephGroupSnapshotManager {
        (other ?? backend).groupSnapshots
    }

    func groupSpec(
        _ name: String,
        _ volumes: [String],
        _ consistency: GroupConsistency = .crashPerVolume
    ) throws -> GroupSnapshotSpec {
        try GroupSnapshotSpec(
            name: name,
            volumes: volumes.map { try id($0) },
            consistency: consistency,
            naming: VolumeNaming(digest: SHA256.hex)
        )
    }

    @discardableResult
    func takeGroup(_ name: String, of volumes: String...) async throws -> GroupSnapshot {
        try await groups().takeGroupSnapshot(groupSpec(name, volumes), as: credentials, fencer: nil)
    }

    func removeGroup(_ snapshot: GroupSnapshot) async throws {
        let members = snapshot.members.map(\.id.description)
        try await groups().deleteGroupSnapshot(snapshot.id, members: members, as: credentials, fencer: nil)
    }

    /// Makes volumes, empty ones.
    func makeVolumes(_ names: String...) async throws {
        for name in names { try await provisioner.create(spec(name), as: credentials) }
    }

    /// The ids in the list of all snapshots that are of this fixture's group.
    func listedSnapshots() async throws -> [SnapshotID] {
        let page = try await snapshots().snapshots(of: nil, after: nil, limit: 1000, as: credentials)
        return page.entries.map(\.id).filter { $0.group == cluster.group }
    }

    /// As ``end(volumes:)``, with the group snapshots' index.
    func endGroups(volumes: String...) async throws {
        let index = "/_groupsnapshots/\(cluster.group)"
        #expect(try await names(index).isEmpty, "something is left in _groupsnapshots")
        try await asAdmin { try? $0.removeDirectory(index) }
        for volume in volumes { try await provisioner.delete(id(volume), as: credentials) }
        try await end(volumes: volumes[0])
    }
}
