import Bytes
import Ceph

/// How long the entries of one trash have been there at the least: the time for which running plugins have watched them,
/// each by its own monotonic clock.
///
/// A deleted volume is kept for `trashRetention` of that time. The time in an entry's name is the clock of the machine
/// that deleted it, and the purger's clock may be another: neither can shorten the time. What was watched is noted on the
/// entry, so a restart loses a twentieth of the retention at most, and an hour at most: that bounds it from the other side.
struct TrashWatch: Sendable {
    private struct Entry {
        /// What was noted when this process saw it first.
        var before: Duration
        var since: ContinuousClock.Instant
        /// What its note says.
        var noted: Duration
    }

    private var entries: [String: Entry] = [:]

    /// How much time may pass between two notes.
    static func grain(of retention: Duration) -> Duration {
        min(max(retention / 20, .milliseconds(100)), .seconds(3600))
    }

    /// For how long it has been watched; nil when this process has not seen it yet.
    func kept(_ name: String, now: ContinuousClock.Instant = .now) -> Duration? {
        entries[name].map { $0.before + $0.since.duration(to: now) }
    }

    /// Watches an entry from now on, unless it does.
    mutating func begin(_ name: String, noted: Duration, now: ContinuousClock.Instant = .now) {
        guard entries[name] == nil else { return }
        entries[name] = Entry(before: noted, since: now, noted: noted)
    }

    /// The entries with more to note than one grain, and what.
    func due(_ grain: Duration, now: ContinuousClock.Instant = .now) -> [(name: String, kept: Duration)] {
        entries.compactMap { name, entry in
            let kept = entry.before + entry.since.duration(to: now)
            return kept - entry.noted >= grain ? (name, kept) : nil
        }
    }

    mutating func noted(_ name: String, _ kept: Duration) { entries[name]?.noted = kept }

    /// Forgets what is gone.
    mutating func keep(_ names: Set<String>) { entries = entries.filter { names.contains($0.key) } }
}

extension TrashWatch {
    /// The text of ``VolumeLayout/keptAttribute``: milliseconds, and the entry's name, for a volume that is restored and
    /// deleted once more has the attribute of the first time.
    static func text(_ kept: Duration, _ name: String) -> String {
        let (seconds, attoseconds) = kept.components
        return "\(seconds * 1000 + attoseconds / 1_000_000_000_000_000) \(name)"
    }

    /// What ``text(_:_:)`` says of that entry; zero for any other text.
    static func read(_ text: String?, _ name: String) -> Duration {
        let parts = (text ?? "").split(byte: " ", maxSplits: 1)
        guard parts.count == 2, parts[1] == name, let milliseconds = Int64(parts[0]), milliseconds > 0 else {
            return .zero
        }
        return .milliseconds(milliseconds)
    }
}
