import Synchronization
import Volumes

/// The copies that this process has under way.
final class VolumeCopies: Sendable {
    private struct State {
        /// In the order in which they came.
        var running: [VolumeCopy] = []
        /// Those of them whose turn has come.
        var turns: Set<ObjectIdentifier> = []
        /// Other replicas' copies, by their last sign of life.
        var signs = StandstillWatch<String, Int64>()
        var isClosed = false
    }

    /// Which of a cluster's run at the same time.
    private let rule: CopyTurns
    private let state = Mutex(State())

    init(limit: Int) {
        rule = CopyTurns(limit: limit)
    }

    /// The copy to that volume; nil when there is none.
    func running(_ id: VolumeID) -> VolumeCopy? {
        state.withLock { $0.running.first { $0.spec.id == id } }
    }

    /// The copy from that snapshot; nil when there is none.
    func reading(_ snapshot: SnapshotID) -> VolumeCopy? {
        state.withLock { $0.running.first { $0.copies(snapshot) } }
    }

    /// Begins one.
    func begin(_ copy: VolumeCopy, _ sweeper: StagingSweeper) throws {
        let name = String(copy.staged.dropFirst(VolumeLayout.staging.count + 1))
        try state.withLock { state in
            guard !state.isClosed else { throw CancellationError() }
            state.running.append(copy)
            state.signs.forget(copy.staged)
        }
        sweeper.claim(name)
        Task.detached { [self] in
            await copy.run { self.isNext(copy) }
            state.withLock { state in
                state.running.removeAll { $0 === copy }
                state.turns.remove(ObjectIdentifier(copy))
            }
            sweeper.release(name)
        }
    }

    private func isNext(_ copy: VolumeCopy) -> Bool {
        state.withLock { state in
            if state.turns.contains(ObjectIdentifier(copy)) { return true }
            let ofCluster = state.running.filter { $0.spec.id.cluster == copy.spec.id.cluster }
            var (waiting, running): ([CopyTurns.Candidate], [CopyTurns.Candidate]) = ([], [])
            for (number, one) in ofCluster.enumerated() {
                let candidate = CopyTurns.Candidate(number: number, source: one.source, isShort: one.isShort)
                if state.turns.contains(ObjectIdentifier(one)) {
                    running.append(candidate)
                } else {
                    waiting.append(candidate)
                }
            }
            guard let next = rule.next(of: waiting, running: running), ofCluster[next.number] === copy
            else { return false }
            state.turns.insert(ObjectIdentifier(copy))
            return true
        }
    }

    /// Whether another replica's copy has shown the same sign of life for as long as this process has looked, and at
    /// least for `patience`. No clocks of two machines are compared.
    func isDead(_ staged: String, _ record: CopyRecord, patience: Duration) -> Bool {
        state.withLock { $0.signs.standing(staged, at: record.beat) >= patience }
    }

    /// Stops the copy to that volume, if there is one, and removes what it has made.
    ///
    /// - Throws: `CancellationError`.
    func cancel(_ id: VolumeID) async throws {
        try await running(id)?.end(.unwanted)
    }

    /// Stops all, and waits for those that Ceph still answers; the next life goes on with them.
    func close(patience: Duration = .seconds(3)) async {
        let deadline = ContinuousClock.now + patience
        let copies = state.withLock { state in
            state.isClosed = true
            return state.running
        }
        for copy in copies { copy.stop(.left) }
        while !copies.allSatisfy(\.isOver), ContinuousClock.now < deadline, !Task.isCancelled {
            try? await Task.sleep(for: .milliseconds(10))
        }
    }
}
