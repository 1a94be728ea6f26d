import System
import Volumes

/// An operation on several volumes and on the names of their snapshots. Whoever has it holds the locks of all of them.
struct GroupSnapshotSteps: Sendable {
    /// One member, with its volume's lock.
    struct Member: Sendable {
        let volume: VolumeID
        let snapshot: SnapshotID
        let steps: VolumeSteps
    }

    /// On the group snapshot itself.
    let group: VolumeSteps
    let members: [Member]
    /// Those of the snapshots' names: nothing is done with them but to hold them.
    fileprivate let names: [VolumeLease]

    /// Does `body` for all members at the same time, and returns when it is done with the last one, even where one fails:
    /// what is undone then must not be under way any more.
    func together<Value: Sendable>(
        _ body: @escaping @Sendable (Member) async throws -> Value
    ) async throws -> [Value] {
        let results = await withTaskGroup(of: (Int, Result<Value, any Error>).self) { tasks in
            for (number, member) in members.enumerated() {
                tasks.addTask {
                    do {
                        return (number, .success(try await body(member)))
                    } catch {
                        return (number, .failure(error))
                    }
                }
            }
            var results: [Int: Result<Value, any Error>] = [:]
            for await (number, result) in tasks { results[number] = result }
            return results
        }
        return try members.indices.compactMap { try results[$0]?.get() }
    }
}

extension CephVolumeStore {
    /// Runs `body` with the locks of a group snapshot, its members and their volumes; cancellation is as in
    /// ``performSteps(_:_:_:)``.
    ///
    /// Locks are taken in one order by all who need several: the group snapshot's, the snapshots', the volumes', each kind
    /// in the order of the ids.
    func performGroup<Value: Sendable>(
        _ label: String,
        _ group: ResolvedVolume,
        _ members: [(volume: VolumeID, snapshot: SnapshotID)],
        _ body: @escaping @Sendable (GroupSnapshotSteps) async throws -> Value
    ) async throws -> Value {
        let own = try await locks.acquire("group snapshot \(group.id)", for: label)
        var names: [VolumeLease] = []
        for name in members.map(\.snapshot.description).sorted() {
            names.append(try await locks.acquire("snapshot \(name)", for: label))
        }
        var held: [GroupSnapshotSteps.Member] = []
        var volumes: [VolumeLease] = []
        for member in members.sorted(by: { $0.volume.description < $1.volume.description }) {
            let lease = try await locks.acquire(member.volume.description, for: label)
            volumes.append(lease)
            let request = try request(member.volume, group.credentials)
            let steps = VolumeSteps(store: self, label: label, request: request, lease: lease)
            held.append(.init(volume: member.volume, snapshot: member.snapshot, steps: steps))
        }
        let steps = GroupSnapshotSteps(
            group: VolumeSteps(store: self, label: label, request: group, lease: own),
            members: held,
            names: names
        )
        let others = names + volumes
        return try await Uncancelled.run {
            try await body(steps)
        } onCancel: { [self] in
            for lease in others { lease.abandon() }
            abandon(own, group)
        }
    }
}
