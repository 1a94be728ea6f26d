/// What this process has watched stand still, by its own monotonic clock.
///
/// That is how it tells that another process is dead. No time that another machine wrote is ever compared with this
/// machine's: their clocks may differ by hours.
struct StandstillWatch<Key: Hashable & Sendable, Mark: Hashable & Sendable>: Sendable {
    private var seen: [Key: (mark: Mark, since: ContinuousClock.Instant)] = [:]

    /// For how long `key` has had the same mark, as far as this process has looked; zero the first time.
    mutating func standing(_ key: Key, at mark: Mark, now: ContinuousClock.Instant = .now) -> Duration {
        guard let known = seen[key], known.mark == mark else {
            seen[key] = (mark, now)
            return .zero
        }
        return known.since.duration(to: now)
    }

    /// Forgets one.
    mutating func forget(_ key: Key) { seen[key] = nil }

    /// Forgets all that are gone.
    mutating func keep(_ keys: Set<Key>) { seen = seen.filter { keys.contains($0.key) } }
}
