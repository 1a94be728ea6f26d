import Synchronization

/// How much there is to copy.
public struct CopyTotals: Sendable, Hashable {
    /// Files, directories and all else, the root included; of a file's names Ceph counts the first only.
    public var entries: UInt64
    /// Bytes of files, holes included.
    public var bytes: UInt64

    /// Joins the figures.
    public init(entries: UInt64, bytes: UInt64) {
        self.entries = entries
        self.bytes = bytes
    }
}

/// How far a copy has got. May be read at any time.
public final class CopyProgress: Sendable {
    /// One look at it.
    public struct Figures: Sendable {
        /// Names that are there, whether this run made them or an earlier one.
        public var entries: UInt64 = 0
        /// Bytes that are there, holes included.
        public var bytes: UInt64 = 0
        /// Of those, what this run read and wrote, or found to be holes.
        public var copied: UInt64 = 0
        /// Entries that were gone from a live source before they could be copied.
        public var vanished: UInt64 = 0
        /// What is expected; nil before the copy has begun.
        public var totals: CopyTotals?
        /// Since this run began.
        public var elapsed: Duration = .zero
        /// Whether everything is copied.
        public var isFinished = false

        /// Bytes a second in this run, on average.
        public var rate: Double {
            let seconds = elapsed / .seconds(1)
            return seconds > 0 ? Double(copied) / seconds : 0
        }

        /// 0 to 100; 100 only when all is done. An entry counts as much as 64 KiB, about what making one costs.
        public var percent: Int {
            guard !isFinished else { return 100 }
            guard let totals else { return 0 }
            let entry = Double(64 << 10)
            let whole = Double(max(totals.bytes, bytes)) + Double(max(totals.entries, entries)) * entry
            let done = Double(bytes) + Double(entries) * entry
            return whole > 0 ? min(99, Int(done / whole * 100)) : 0
        }

        /// For messages: `42 %, 1203 of 2801 MiB, 900 of 2001 entries, 85 MiB/s`.
        public var text: String {
            let mebi: (UInt64) -> UInt64 = { $0 >> 20 }
            let rate = UInt64(rate) >> 20
            guard let totals else { return "0 %, not started" }
            // Ceph's sums lag: there may be more than they said.
            let (allBytes, allEntries) = (max(totals.bytes, bytes), max(totals.entries, entries))
            return "\(percent) %, \(mebi(bytes)) of \(mebi(allBytes)) MiB, "
                + "\(entries) of \(allEntries) entries, \(rate) MiB/s"
        }
    }

    private let state = Mutex((figures: Figures(), began: ContinuousClock.now))

    /// Nothing done yet.
    public init() {}

    /// How far it is now.
    public var figures: Figures {
        state.withLock { state in
            var figures = state.figures
            if !figures.isFinished { figures.elapsed = state.began.duration(to: .now) }
            return figures
        }
    }

    func begin(_ totals: CopyTotals) {
        state.withLock {
            $0.figures = Figures()
            $0.figures.totals = totals
            $0.began = .now
        }
    }

    func finishedEntry() { state.withLock { $0.figures.entries += 1 } }
    func vanishedEntry() { state.withLock { $0.figures.vanished += 1 } }
    func found(bytes: UInt64) { state.withLock { $0.figures.bytes += bytes } }

    func copied(bytes: UInt64) {
        state.withLock {
            $0.figures.bytes += bytes
            $0.figures.copied += bytes
        }
    }

    func finish() {
        state.withLock {
            $0.figures.elapsed = $0.began.duration(to: .now)
            $0.figures.isFinished = true
        }
    }
}
