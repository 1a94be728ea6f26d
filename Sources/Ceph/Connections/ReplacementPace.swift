/// Keeps what is refused for good from costing a connection each time: one is replaced every two seconds at most.
struct ReplacementPace: Sendable {
    private static let interval = Duration.seconds(2)

    private var last: ContinuousClock.Instant?

    /// Whether a connection was replaced before.
    var hasBegun: Bool { last != nil }

    /// Whether one may be replaced now; notes that it is.
    mutating func begin() -> Bool {
        if let last, last.duration(to: .now) < Self.interval { return false }
        last = .now
        return true
    }
}
