import Ceph
import System

/// The contents of one file, copied in chunks by one worker and whoever else has nothing better to do.
///
/// Data goes past the client's caches, so a chunk that was written is on the OSDs. Zeros are not written where a whole
/// block of them comes together: holes stay holes.
///
/// Unchecked because `state` is touched only with the monitor locked.
final class FileCopy: @unchecked Sendable {
    private struct State {
        var next: UInt64
        var active = 0
        /// Where the source turned out to end, when it was shorter than its size said.
        var end: UInt64
        /// The end of the last byte that was written.
        var written: UInt64 = 0
        var checkpoint: CopyCheckpoint.Tracker
    }

    let source: CephOpenNode
    let target: CephOpenNode
    private let size: UInt64
    private let checkpoint: CopyCheckpoint
    private let options: TreeCopier.Options
    private let monitor = ConditionLock()
    private var state: State

    /// - Parameter start: up to where an earlier run has copied it.
    init(
        source: CephOpenNode,
        status: CephNodeStatus,
        target: CephOpenNode,
        from start: UInt64,
        _ options: TreeCopier.Options
    ) {
        self.source = source
        self.target = target
        self.options = options
        size = status.size
        checkpoint = CopyCheckpoint(source: status)
        state = State(next: start, end: status.size, checkpoint: .init(done: start))
    }

    /// Chunks that nobody has begun.
    var chunksLeft: Int {
        monitor.lock()
        defer { monitor.unlock() }
        return state.next < size ? Int((size - state.next - 1) / UInt64(options.chunkBytes)) + 1 : 0
    }

    /// Copies chunks until none is left or the copy is stopped.
    func work(_ buffer: CephBuffer, _ progress: CopyProgress, isStopped: () -> Bool) throws {
        while !isStopped(), let offset = take() {
            defer { release() }
            let written = try copy(at: offset, buffer)
            progress.copied(bytes: UInt64(buffer.count))
            guard let done = note(offset, buffer.count, written) else { continue }
            try checkpoint.write(done, on: target.node)
        }
    }

    /// Waits until no other worker is at a chunk; says where the file ends and whether a hole comes last.
    func finish() -> (end: UInt64, endsInHole: Bool) {
        monitor.lock()
        defer { monitor.unlock() }
        while state.active > 0 { monitor.wait(atMost: .seconds(60)) }
        return (state.end, state.written < state.end)
    }

    private func take() -> UInt64? {
        monitor.lock()
        defer { monitor.unlock() }
        guard state.next < state.end else { return nil }
        defer { state.next += UInt64(options.chunkBytes) }
        state.active += 1
        return state.next
    }

    private func release() {
        monitor.lock()
        defer { monitor.unlock() }
        state.active -= 1
        monitor.wakeAll()
    }

    /// Returns the end of what was written, nil when it was all a hole.
    private func copy(at offset: UInt64, _ buffer: CephBuffer) throws -> UInt64? {
        try source.read(Int(min(UInt64(options.chunkBytes), size - offset)), at: offset, into: buffer)
        let ranges = buffer.dataRanges(block: options.holeBytes)
        for range in ranges { try target.write(range, of: buffer, at: offset) }
        return ranges.last.map { offset + UInt64($0.upperBound) }
    }

    /// Notes a chunk that was copied; says up to where all is done when that should be written down.
    private func note(_ offset: UInt64, _ count: Int, _ written: UInt64?) -> UInt64? {
        monitor.lock()
        defer { monitor.unlock() }
        state.written = max(state.written, written ?? 0)
        let end = offset + UInt64(count)
        if UInt64(count) < min(UInt64(options.chunkBytes), size - offset) { state.end = min(state.end, end) }
        return state.checkpoint.note(offset..<end, every: options.checkpointBytes)
    }
}
