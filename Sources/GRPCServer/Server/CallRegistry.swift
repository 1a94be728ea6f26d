import Synchronization

/// The calls that a server has in hand: it admits them, knows when their time is up, and tells when none is left.
final class CallRegistry: Sendable {
    /// How long after its end a call may be stuck in sending before it is cut off.
    private static let patience: Duration = .seconds(5)

    private struct State {
        /// Calls that the core knows of, refused ones included.
        var open: [ObjectIdentifier: IncomingCall] = [:]
        /// Admitted calls whose handler runs, whether or not they are open.
        var working = 0
        var isStopping = false
        /// No call expires before this.
        var nextExpiry: ContinuousClock.Instant?
        var idle: [CheckedContinuation<Void, Never>] = []
    }
    private let state = Mutex(State())
    private let maximumWorking: Int

    init(maximumWorking: Int) { self.maximumWorking = maximumWorking }

    /// Takes `call` in; returns why it has to be refused, or nil if it may be worked on (then `finished` has to follow
    /// some day).
    ///
    /// - Parameter isVital: whether it may go beyond the bound, up to twice as far.
    func admit(_ call: IncomingCall, isVital: Bool) -> RPCStatus? {
        state.withLock { state in
            state.open[ObjectIdentifier(call)] = call
            if state.isStopping { return .stopping }
            guard state.working < maximumWorking * (isVital ? 2 : 1) else { return .overloaded }
            state.working += 1
            if let expiry = call.expiry { state.nextExpiry = min(state.nextExpiry ?? expiry, expiry) }
            return nil
        }
    }

    /// The core is done with `call`.
    func closed(_ call: IncomingCall) {
        let idle: [CheckedContinuation<Void, Never>] = state.withLock { state in
            state.open[ObjectIdentifier(call)] = nil
            guard state.open.isEmpty else { return [] }
            defer { state.idle = [] }
            return state.idle
        }
        idle.forEach { $0.resume() }
    }

    /// The handler of an admitted call has returned.
    func finished() { state.withLock { $0.working -= 1 } }

    /// Every call from now on is refused.
    func stopAdmitting() { state.withLock { $0.isStopping = true } }

    /// Ends all open calls with `status`; those that ended before and are stuck in sending are cut off.
    func endAll(_ status: RPCStatus) {
        let open = state.withLock { Array($0.open.values) }
        open.forEach { $0.end(status) }
    }

    /// Waits until no call is open.
    func waitUntilIdle() async {
        await withCheckedContinuation { continuation in
            let isIdle = state.withLock { state in
                if state.open.isEmpty { return true }
                state.idle.append(continuation)
                return false
            }
            if isIdle { continuation.resume() }
        }
    }

    /// Ends the calls whose time is up; returns when to look again. Cheap as long as it is too early.
    func expire() -> ContinuousClock.Instant? {
        guard let earliest = state.withLock({ $0.nextExpiry }) else { return nil }
        let now = ContinuousClock.now
        guard now >= earliest else { return earliest }
        let (expired, next) = state.withLock { state in
            let timed = state.open.values.compactMap { call in call.expiry.map { (call, $0) } }
            let expired = timed.filter { $0.1 <= now }.map(\.0)
            let later = timed.map { $0.1 <= now ? now + Self.patience : $0.1 }
            state.nextExpiry = later.min()
            return (expired, state.nextExpiry)
        }
        expired.forEach { $0.end(.deadlinePassed) }
        return next
    }
}
