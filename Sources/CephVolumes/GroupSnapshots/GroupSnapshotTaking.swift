import Bytes
import Ceph
import Volumes

/// Taking a group snapshot: the name is taken, then the members' names, then Ceph makes every snapshot, then the members'
/// entries say so, and last the group snapshot's, which shows them all.
///
/// Whatever an attempt leaves that fails or dies is undone, by itself or by the next request, and never gone on with:
/// half of the members would be of another moment.
struct GroupSnapshotTaking: Sendable {
    let spec: GroupSnapshotSpec
    /// What freezes the volumes' data directories with those names; nil: nothing is frozen.
    let freezer: (@Sendable (_ directories: [String], _ attempt: String) -> any TreeFreezer)?
    /// Has entries of the trash removed.
    let purge: @Sendable (_ names: [String]) -> Void

    /// What replicas that meet again and again do.
    static let contention = "taking and deleting the group snapshot"

    /// What the index has of an equal request; nil when there is nothing to be seen.
    ///
    /// - Throws: ``VolumeError/alreadyExists(conflict:)`` when the name is taken by a different one,
    ///   ``VolumeError/preconditionFailed(_:)`` when somebody has removed a part of it.
    func existing(_ work: VolumeDirectory) throws -> GroupSnapshot? {
        let index = GroupSnapshotIndex(work: work)
        guard case .record(let record) = try index.find(spec.id), record.state != .removing else { return nil }
        try refuseConflict(record)
        guard record.state == .ready else { return nil }
        guard let found = try index.groupSnapshot(spec.id, record) else {
            // Taking it anew would pass another moment off as this one.
            throw VolumeError.preconditionFailed(
                "the group snapshot \(spec.id) is damaged: some of its snapshots are missing. Delete it, and take it "
                    + "again"
            )
        }
        for member in found.members {
            guard case .record(let known) = try SnapshotIndex(work: work).find(member.id),
                let data = try work.data(at: VolumeLayout.livePath(member.source)), known.data != data
            else { continue }
            throw VolumeError.alreadyExists(
                conflict:
                    "the name is taken by a group snapshot of an earlier volume \(member.source), which was deleted"
            )
        }
        return found
    }

    func run(_ steps: GroupSnapshotSteps) async throws -> GroupSnapshot {
        try await LostRaces.retrying(Self.contention) {
            if let found = try await steps.group.files({ try existing($0) }) { return found }
            return try await attempt(steps)
        }
    }

    private func attempt(_ steps: GroupSnapshotSteps) async throws -> GroupSnapshot {
        let record = GroupSnapshotRecord(spec, attempt: RandomUUID.make())
        try await thaw(steps)
        try await steps.group.files { try begin(record, $0) }
        do {
            let prepared = try await steps.together { try await prepare($0, record.attempt) }
            let made = try await cut(steps, prepared, record.attempt)
            _ = try await steps.together { member in
                guard let own = made[member.snapshot] else { throw NameTaken() }
                try await member.steps.files { work in
                    try SnapshotIndex(work: work).write(cut(member, work).completed(own), member.snapshot)
                }
            }
            return try await steps.group.files { try commit(record, $0) }
        } catch {
            // What can't be undone now is undone by the next request.
            try? await steps.group.files { try undo($0) }
            throw try await meaning(of: error, steps)
        }
    }

    /// Lets go of what an attempt that died has left frozen, before anything else of it is undone: until then nobody can
    /// write there. Where that fails, so does freezing, which says why.
    private func thaw(_ steps: GroupSnapshotSteps) async throws {
        guard let freezer,
            let attempt = try await steps.group.files({ try GroupSnapshotIndex(work: $0).unfinishedAttempt(spec.id) })
        else { return }
        try? await freezer([], attempt).cancel()
    }

    /// Takes the name, after what an attempt before has left is gone.
    private func begin(_ record: GroupSnapshotRecord, _ work: VolumeDirectory) throws {
        try undo(work)
        for member in spec.members { try requireVolume(member.volume, work) }
        try GroupSnapshotIndex(work: work).take(spec.id, record)
    }

    private func undo(_ work: VolumeDirectory) throws {
        purge(try GroupSnapshotRemoval(id: spec.id, work: work).run())
    }

    /// Takes a member's name, and notes what its volume holds.
    private func prepare(
        _ member: GroupSnapshotSteps.Member,
        _ attempt: String
    ) async throws -> (SnapshotID, SnapshotRecord) {
        try await member.steps.files { work in
            let index = SnapshotIndex(work: work)
            if case .record(let other) = try index.find(member.snapshot) {
                throw VolumeError.alreadyExists(
                    conflict: "the name of the snapshot of \(member.volume) is taken by one that was requested as "
                        + other.requestName.debugDescription
                )
            }
            let data = try requireVolume(member.volume, work)
            let record = SnapshotRecord(
                requestName: name(of: member),
                source: member.volume,
                data: data,
                state: .taking,
                membership: .init(group: spec.id, attempt: attempt)
            )
            try index.take(member.snapshot, record)
            return (member.snapshot, try cut(member, work).measured(record))
        }
    }

    /// The moment itself: nothing but Ceph's snapshots.
    private func cut(
        _ steps: GroupSnapshotSteps,
        _ prepared: [(SnapshotID, SnapshotRecord)],
        _ attempt: String
    ) async throws -> [SnapshotID: SnapshotRecord] {
        let records = Dictionary(uniqueKeysWithValues: prepared)
        let snap: @Sendable () async throws -> [(SnapshotID, SnapshotRecord)] = {
            try await steps.together { member in
                guard let record = records[member.snapshot] else { throw NameTaken() }
                return (member.snapshot, try await member.steps.files { try cut(member, $0).made(record) })
            }
        }
        guard let freezer else { return Dictionary(uniqueKeysWithValues: try await snap()) }
        let root = steps.group.request.layout.root
        let directories = records.values.map { "\(root)\(VolumeLayout.livePath($0.source))/\($0.data)" }.sorted()
        let moment = FrozenMoment(freezer: freezer(directories, attempt))
        return Dictionary(uniqueKeysWithValues: try await moment.run(snap))
    }

    /// Shows all members, unless another replica has begun anew meanwhile.
    private func commit(_ record: GroupSnapshotRecord, _ work: VolumeDirectory) throws -> GroupSnapshot {
        let index = GroupSnapshotIndex(work: work)
        guard case .record(let now) = try index.find(spec.id), now == record else { throw NameTaken() }
        var record = record
        record.state = .ready
        try index.write(record, spec.id)
        guard let whole = try index.groupSnapshot(spec.id, record) else { throw NameTaken() }
        return whole
    }
}

extension GroupSnapshotTaking {
    private func cut(_ member: GroupSnapshotSteps.Member, _ work: VolumeDirectory) -> SnapshotCreation {
        SnapshotCreation(id: member.snapshot, name: name(of: member), source: member.volume, work: work)
    }

    private func name(of member: GroupSnapshotSteps.Member) -> String {
        spec.members.first { $0.snapshot == member.snapshot }?.name ?? spec.requestName
    }

    @discardableResult
    private func requireVolume(_ id: VolumeID, _ work: VolumeDirectory) throws -> String {
        guard let record = try work.record(at: VolumeLayout.livePath(id)) else { throw missing(id) }
        try work.refuseShallow(record, "source_volume_ids: \(id)", "snapshotted")
        return record.data
    }

    private func missing(_ id: VolumeID) -> VolumeError { .notFound("source_volume_ids: no such volume: \(id)") }

    /// An error of a volume that went meanwhile says so.
    private func meaning(of error: any Error, _ steps: GroupSnapshotSteps) async throws -> any Error {
        switch error {
        case let stranger as SnapshotCreation.Foreign:
            return stranger.error
        case let vanished as VolumeMissing:
            for member in spec.members {
                let isThere = try await steps.group.files {
                    try $0.data(at: VolumeLayout.livePath(member.volume)) != nil
                }
                guard isThere else { return missing(member.volume) }
            }
            return VolumeError.unexpected("a volume is damaged, part of it is missing: \(vanished.error)")
        default:
            return error
        }
    }

    private func refuseConflict(_ record: GroupSnapshotRecord) throws {
        if !record.requestName.isSame(as: spec.requestName) {
            throw VolumeError.alreadyExists(
                conflict: "the name is taken by a group snapshot that was requested as "
                    + record.requestName.debugDescription
            )
        }
        let volumes = record.members.map(\.volume)
        if volumes != spec.members.map(\.volume.volume) {
            throw VolumeError.alreadyExists(
                conflict: "the name is taken by a group snapshot of other volumes: \(volumes.joined(separator: ", "))"
            )
        }
        if record.consistency != spec.consistency {
            throw VolumeError.alreadyExists(
                conflict: "the name is taken by a group snapshot with groupSnapshotConsistency: "
                    + record.consistency.rawValue
            )
        }
    }
}
