import Ceph
import Volumes

/// Group snapshots, by libcephfs, and frozen by the MDS's quiesce database where the cluster has one.
///
/// The members are snapshots as ``CephSnapshotManager`` makes them; what holds them together is an entry in an index of
/// its own.
public final class CephGroupSnapshotManager: GroupSnapshotManager {
    let store: CephVolumeStore
    private let copies: VolumeCopies

    init(store: CephVolumeStore, copies: VolumeCopies) {
        self.store = store
        self.copies = copies
    }

    /// See ``GroupSnapshotManager/takeGroupSnapshot(_:as:fencer:)``.
    @discardableResult
    public func takeGroupSnapshot(
        _ spec: GroupSnapshotSpec,
        as credentials: CephCredentials?,
        fencer: CephCredentials?
    ) async throws -> GroupSnapshot {
        let request = try store.request(spec.id, await store.user(credentials, of: store.cluster(spec.id.cluster)))
        let members = spec.members.map { ($0.volume, $0.snapshot) }
        let snapshot = try await store.performGroup("taking a group snapshot of", request, members) { [self] steps in
            let plain = taking(spec, request, freezer: nil)
            if let found = try await steps.group.files({ try plain.existing($0) }) { return found }
            guard spec.consistency == .frozen else { return try await plain.run(steps) }
            let leader = try await quiesceLeader(steps.group)
            return try await taking(spec, request, freezer: freezer(request, leader, fencer)).run(steps)
        }
        store.journal.flush(request.settings)
        return snapshot
    }

    /// See ``GroupSnapshotManager/deleteGroupSnapshot(_:members:as:fencer:)``.
    public func deleteGroupSnapshot(
        _ id: GroupSnapshotID,
        members: [String],
        as credentials: CephCredentials?,
        fencer: CephCredentials?
    ) async throws {
        let request = try store.request(id, await store.user(credentials, of: store.cluster(id.cluster)))
        try await LostRaces.retrying(GroupSnapshotTaking.contention) {
            // Whose locks it takes only the entry says.
            let seen = try await store.look("looking up group snapshot", request) { try Self.members($0, of: id) }
            let own = (seen ?? []).map { ($0.volume, $0.snapshot) }
            let isDone = try await store.performGroup("removing a group snapshot of", request, own) { [self] steps in
                if let fencer { try await thaw(id, steps.group, fencer) }
                return try await remove(id, named: members, seen: seen, steps, request)
            }
            guard isDone else { return Void?.none }
            return store.journal.flush(request.settings)
        }
    }

    /// See ``GroupSnapshotManager/groupSnapshot(_:as:)``.
    public func groupSnapshot(
        _ id: GroupSnapshotID,
        as credentials: CephCredentials?
    ) async throws -> GroupSnapshot? {
        let user = try await store.user(credentials, of: store.cluster(id.cluster))
        return try await store.look("looking up group snapshot", store.request(id, user)) { work in
            let index = GroupSnapshotIndex(work: work)
            guard case .record(let record) = try index.find(id) else { return nil }
            return try index.groupSnapshot(id, record)
        }
    }
}

extension CephGroupSnapshotManager {
    private func taking(
        _ spec: GroupSnapshotSpec,
        _ request: ResolvedVolume,
        freezer: (@Sendable ([String], String) -> any TreeFreezer)?
    ) -> GroupSnapshotTaking {
        GroupSnapshotTaking(spec: spec, freezer: freezer) { [store] names in
            for name in names { store.purger.purge(name, of: request.settings) }
        }
    }

    /// The MDS that can freeze volumes.
    ///
    /// - Throws: ``VolumeError/preconditionFailed(_:)`` where the cluster has none.
    private func quiesceLeader(_ steps: VolumeSteps) async throws -> Int64 {
        let filesystem = steps.request.id.filesystem
        let (leader, release) = try await steps.monitors(.freeze) { rados -> (Int64?, String) in
            if let leader = try rados.quiesceLeader(of: filesystem) { return (leader, "") }
            return (nil, try rados.release())
        }
        if let leader { return leader }
        throw VolumeError.preconditionFailed(
            "cluster \(steps.request.cluster.id) can't freeze volumes (it runs \(release); Ceph 19 can), so their "
                + "snapshots would not show one moment. With the VolumeGroupSnapshotClass parameter "
                + "groupSnapshotConsistency: crash-per-volume each snapshot shows its volume as a crash at that "
                + "moment would leave it"
        )
    }

    /// Lets go of what an attempt that died has left frozen. It expires by itself too, so that nothing depends on it.
    private func thaw(_ id: GroupSnapshotID, _ steps: VolumeSteps, _ fencer: CephCredentials) async throws {
        let attempt = try await steps.files { try GroupSnapshotIndex(work: $0).unfinishedAttempt(id) }
        guard let attempt, let leader = try? await quiesceLeader(steps) else { return }
        try? await freezer(steps.request, leader, fencer)([], attempt).cancel()
    }

    private func freezer(
        _ request: ResolvedVolume,
        _ leader: Int64,
        _ fencer: CephCredentials?
    ) throws -> @Sendable ([String], String) -> any TreeFreezer {
        guard let fencer else {
            throw VolumeError.preconditionFailed(
                "groupSnapshotConsistency: frozen needs the keys fencerID and fencerKey in the group snapshot's secret: a "
                    + "Ceph user that may command metadata servers (docs/caps.md)"
            )
        }
        let (settings, context) = store.settings(request, as: fencer)
        return { [store, context] directories, attempt in
            QuiesceFreezer(
                connections: store.connections,
                settings: settings,
                context: context,
                leader: leader,
                directories: directories,
                set: "csi-\(attempt)"
            )
        }
    }

    private static func members(
        _ work: VolumeDirectory,
        of id: GroupSnapshotID
    ) throws -> [GroupSnapshotSpec.Member]? {
        guard case .record(let record) = try GroupSnapshotIndex(work: work).find(id) else { return nil }
        return record.ids(of: id).map { .init(volume: $0.volume, snapshot: $0.snapshot, name: "") }
    }

    /// - Returns: false when it has other members than those whose locks are held.
    private func remove(
        _ id: GroupSnapshotID,
        named: [String],
        seen: [GroupSnapshotSpec.Member]?,
        _ steps: GroupSnapshotSteps,
        _ request: ResolvedVolume
    ) async throws -> Bool {
        for member in steps.members {
            if let copy = copies.reading(member.snapshot) {
                throw VolumeError.preconditionFailed(
                    "group_snapshot_id: volume \(copy.spec.id) is being made from its snapshot \(member.snapshot): "
                        + copy.text
                )
            }
        }
        let trashed = try await steps.group.files { work -> [String]? in
            guard try Self.members(work, of: id) == seen else { return nil }
            try Self.refuseOthers(work, id, named)
            return try GroupSnapshotRemoval(id: id, work: work).run()
        }
        guard let trashed else { return false }
        for name in trashed { store.purger.purge(name, of: request.settings) }
        return true
    }

    /// CSI spec, "DeleteVolumeGroupSnapshot Errors". One that is half made or half removed nobody has seen the members of.
    private static func refuseOthers(_ work: VolumeDirectory, _ id: GroupSnapshotID, _ named: [String]) throws {
        guard case .record(let record) = try GroupSnapshotIndex(work: work).find(id), record.state == .ready else {
            return
        }
        let own = record.ids(of: id).map(\.snapshot.description)
        guard Set(own) != Set(named) else { return }
        throw VolumeError.invalid(
            field: "snapshot_ids",
            fix: "must be the snapshots of \(id): \(own.joined(separator: ", "))"
        )
    }
}
