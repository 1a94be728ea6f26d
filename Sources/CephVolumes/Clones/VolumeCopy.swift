import Ceph
import Glibc
import Synchronization
import TreeCopying
import Volumes

/// One volume's content being copied in the background, for any number of requests that ask for it.
final class VolumeCopy: Sendable {
    let spec: VolumeSpec
    /// Its directory in staging.
    let staged: String
    let request: ResolvedVolume
    private let store: CephVolumeStore

    private struct State {
        var record: CopyRecord
        var copier: TreeCopier?
        var lastAsked = ContinuousClock.now
        var ending: Ending?
        var result: Result<Volume, VolumeError>?
    }

    /// Why it is to end before it is done.
    enum Ending: Sendable {
        /// Nobody wants it any more: what was copied goes.
        case unwanted
        /// The process ends, or another replica has taken over: what was copied stays.
        case left
    }

    private let state: Mutex<State>
    /// The volume that it is from.
    let source: VolumeID
    /// Whether there is little to copy, as far as Ceph's sums say.
    let isShort: Bool

    init(_ spec: VolumeSpec, _ record: CopyRecord, staged: String, request: ResolvedVolume, store: CephVolumeStore) {
        self.spec = spec
        self.staged = staged
        self.request = request
        self.store = store
        source = record.sourceVolume
        isShort = record.entries <= CopyTurns.shortEntries && record.bytes <= CopyTurns.shortBytes
        state = Mutex(State(record: record))
    }

    /// Whether it copies from that snapshot.
    func copies(_ snapshot: SnapshotID) -> Bool { spec.source == .snapshot(snapshot) && !isOver }

    var isOver: Bool { state.withLock { $0.result != nil } }

    /// Waits for the end, or until the time is over.
    ///
    /// - Throws: what it ended with; ``VolumeError/inProgress(step:)`` with how far it is; `CancellationError`.
    func wait(_ patience: Duration) async throws -> Volume {
        let deadline = ContinuousClock.now + patience
        while true {
            state.withLock { $0.lastAsked = .now }
            if let result = state.withLock({ $0.result }) { return try result.get() }
            guard ContinuousClock.now < deadline else { throw VolumeError.inProgress(step: text) }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    /// Ends it early; returns when nothing works on it any more.
    ///
    /// - Throws: `CancellationError`.
    func end(_ ending: Ending) async throws {
        stop(ending)
        while !isOver { try await Task.sleep(for: .milliseconds(10)) }
    }

    /// How far it is.
    var text: String {
        guard let copier = state.withLock({ $0.copier }) else {
            let limit = store.options.copiesAtOnce
            return
                "copying: waiting for other copies to finish; at most \(limit) large copies run concurrently, and "
                + "\(limit) from one source"
        }
        return "copying: \(copier.progress.figures.text)"
    }

    /// Lets it end early, without waiting.
    func stop(_ ending: Ending) {
        let copier = state.withLock { state in
            if state.ending == nil { state.ending = ending }
            return state.copier
        }
        copier?.stop()
    }

    /// Copies, publishes, and says how that ended. Called once.
    func run(isNext: @escaping @Sendable () -> Bool) async {
        let heart = Task { await beat() }
        let result: Result<Volume, VolumeError>
        do {
            try await awaitTurn(isNext)
            if state.withLock({ $0.record.state }) != .copied { try await copy() }
            result = .success(try await finish())
        } catch {
            result = .failure(await failed(error))
        }
        heart.cancel()
        state.withLock { $0.result = result }
    }
}

/// What was copied belongs to another replica now, or is gone.
private struct CopyLost: Error {}

extension VolumeCopy {
    private func awaitTurn(_ isNext: @Sendable () -> Bool) async throws {
        while true {
            if state.withLock({ $0.ending != nil }) { throw CancellationError() }
            if isNext() { return }
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    private func copy() async throws {
        let record = state.withLock { $0.record }
        guard let source = spec.source else { return }
        let place = try await files { [spec] work in try work.source(source, for: spec, knownBy: record) }
        let paths = TreeCopier.Paths(
            source: "\(VolumeLayout.snapshotPath(in: place, record.snapshot))/\(record.sourceData)",
            destination: "\(staged)/\(record.data)",
            scratch: VolumeLayout.scratchPath(in: staged)
        )
        let totals = CopyTotals(entries: UInt64(max(record.entries, 1)), bytes: UInt64(max(record.bytes, 0)))
        var options = TreeCopier.Options()
        options.workers = isShort ? min(CopyTurns.shortWorkers, store.options.copyWorkers) : store.options.copyWorkers
        let copier = TreeCopier(paths, totals: totals, options: options)
        let isEnding = state.withLock { state in
            state.copier = copier
            return state.ending != nil
        }
        if isEnding { throw CancellationError() }
        try await copier.run(on: store.connections, request.settings)
    }

    /// The source is let go of first, when the note that it is not needed is written; the rename comes last.
    private func finish() async throws -> Volume {
        let done = state.withLock { state in
            state.record.state = .copied
            if let figures = state.copier?.progress.figures { state.record.bytes = Int64(clamping: figures.bytes) }
            return state.record
        }
        let (volume, trashed) = try await files { [spec, staged] work in
            guard try work.copyRecord(staged)?.owner == done.owner else { throw CopyLost() }
            // Now it is known for certain. A source with a capacity may be over it, and its copy as well.
            if done.size == 0 { try spec.requireCapacity(done.bytes) }
            try work.requireRoom(bytes: done.bytes, entries: done.entries, below: [work.layout.groupPath])
            try work.write(done, staged)
            let trashed = try work.dropTemporary(done)
            let creation = VolumeCreation(work: work, spec: spec, staged: staged, data: done.data)
            let written = try creation.writeRecord()
            let metadata = try creation.writeMetadata(replacing: true)
            try metadata.synchronizeData()
            try metadata.close()
            try creation.limit(written.capacity)
            try creation.change()
            try creation.publish()
            // Of no meaning any more; left there by a crash, it does no harm.
            let path = work.layout.volumePath
            try? work.mount.removeAttribute(VolumeLayout.copyAttribute, of: path)
            try? work.mount.removeAttribute(VolumeLayout.wantedAttribute, of: path)
            return (creation.volume(written), trashed)
        }
        if let trashed { store.purger.purge(trashed, of: request.settings) }
        store.journal.flush(request.settings)
        return volume
    }

    /// Decides what becomes of a copy that did not succeed.
    private func failed(_ error: any Error) async -> VolumeError {
        let ending = state.withLock { $0.ending }
        let mapped: VolumeError
        var isKept = false
        switch error {
        case let error as VolumeError: mapped = error
        case let error as CephError:
            mapped = VolumeError(error, in: .copy, request.context)
            isKept = error.isConnectionLost || error.code == ETIMEDOUT
        case is NameTaken: mapped = .unavailable("another replica has created the volume: retry")
        case is CancellationError: mapped = .unavailable("the copy was stopped: retry")
        case is CopyLost, is TakenAway:
            mapped = .unavailable("another replica took over or abandoned the copy: retry")
            isKept = true
        default: mapped = .unexpected("the copy failed: \(type(of: error))")
        }
        if ending == nil, case .unavailable = mapped, error is VolumeError { isKept = true }
        if ending == .left || isKept { return mapped }
        let trashed = try? await files { [staged] work in try work.discard(staged) }
        for name in trashed ?? [] { store.purger.purge(name, of: request.settings) }
        return mapped
    }

    /// Shows that it lives, as long as it does, and gives up when nobody has asked for long.
    private func beat() async {
        let (interval, patience) = (store.options.copyHeartbeat, store.options.copyPatience)
        var wanted: String?
        var watch = StallWatch()
        while !Task.isCancelled {
            try? await Task.sleep(for: interval)
            guard !Task.isCancelled, state.withLock({ $0.ending == nil && $0.record.state != .copied }) else {
                continue
            }
            if watch.stands(at: mark) {
                store.background.log(.warning, "the copy to \(spec.id) makes no progress: \(text)")
            }
            if state.withLock({ $0.lastAsked.duration(to: .now) > patience }) {
                store.background.log(.info, "nobody has asked for \(spec.id) for \(patience): its copy is abandoned")
                stop(.unwanted)
                continue
            }
            let known = state.withLock { $0.record }
            let seen = try? await files { [staged] work -> (isOurs: Bool, wanted: String?) in
                guard let found = try work.copyRecord(staged) else { return (true, nil) }
                guard found.owner == known.owner else { return (false, nil) }
                var next = found
                next.beat += 1
                try work.write(next, staged)
                return (true, try? work.mount.attributeIfPresent(VolumeLayout.wantedAttribute, of: staged))
            }
            guard let seen else { continue }
            if !seen.isOurs { stop(.left) }
            if seen.wanted != wanted {
                wanted = seen.wanted
                state.withLock { $0.lastAsked = .now }
            }
        }
    }

    /// How much was done; nil before it begins.
    private var mark: UInt64? {
        state.withLock { $0.copier }.map { $0.progress.figures }.map { $0.entries + $0.bytes }
    }

    /// A piece of work that nobody's lock is needed for: the directory in staging is this copy's own.
    private func files<Value: Sendable>(
        _ body: @escaping @Sendable (VolumeDirectory) throws -> Value
    ) async throws -> Value {
        try await store.look("copying", request, body)
    }
}
