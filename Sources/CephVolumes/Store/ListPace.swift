import Synchronization

/// How fast lists look at volumes, so that what libcephfs keeps of them stays small.
///
/// Every volume looked at leaves an inode of 3 to 4 KB in libcephfs. It looks once a second whether it keeps too many, and
/// frees those that it lets go of a second later, so whatever two to three seconds bring is in memory at the same time.
/// Short lists don't wait: what was not used for a while may be used at once, up to ``burst``.
final class ListPace: Sendable {
    private struct State {
        /// How many may be looked at now; negative where some already wait.
        var ready: Double
        var asOf: ContinuousClock.Instant
    }

    /// What a name takes, beside a volume whose record is read.
    private static let nameShare = 0.6

    private let perSecond: Double
    private let burst: Double
    private let state: Mutex<State>

    /// - Parameters:
    ///   - perSecond: volumes looked at in a second, by all lists together.
    ///   - burst: volumes that may be looked at without waiting after a pause.
    init(perSecond: Double = 3_800, burst: Double = 2_000, now: ContinuousClock.Instant = .now) {
        self.perSecond = perSecond
        self.burst = burst
        state = Mutex(State(ready: burst, asOf: now))
    }

    /// Waits until `count` volumes may be looked at.
    ///
    /// - Throws: `CancellationError`.
    func wait(forVolumes count: Int) async throws { try await wait(for: Double(count)) }

    /// Waits for what `count` names take that were read.
    ///
    /// - Throws: `CancellationError`.
    func wait(forNames count: Int) async throws { try await wait(for: Double(count) * Self.nameShare) }

    private func wait(for share: Double) async throws {
        let delay = reserve(share, at: .now)
        guard delay > .zero else { return }
        do {
            try await Task.sleep(for: delay)
        } catch {
            // Nobody looks, so nobody else need wait for it.
            _ = reserve(-share, at: .now)
            throw error
        }
    }

    /// Takes the turn of `count` volumes.
    ///
    /// - Returns: how long it is until then.
    func reserve(_ count: Double, at now: ContinuousClock.Instant) -> Duration {
        state.withLock { state in
            let elapsed = max(state.asOf.duration(to: now) / .seconds(1), 0)
            state.ready = min(state.ready + elapsed * perSecond, burst) - count
            state.asOf = max(state.asOf, now)
            return .seconds(max(-state.ready, 0) / perSecond)
        }
    }
}
