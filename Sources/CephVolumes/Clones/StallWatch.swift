/// Notices when a copy stands still.
struct StallWatch {
    /// For how long before it is worth a word.
    static let patience = Duration.seconds(60)

    private var mark: UInt64?
    private var since = ContinuousClock.now
    private var isTold = false

    /// Whether to say that nothing has moved for ``patience``: once for each time that it stands still.
    ///
    /// - Parameter mark: grows with everything that is done; nil while nothing is to be done.
    mutating func stands(at mark: UInt64?, now: ContinuousClock.Instant = .now) -> Bool {
        guard let mark, mark == self.mark else {
            (self.mark, since, isTold) = (mark, now, false)
            return false
        }
        guard !isTold, since.duration(to: now) >= Self.patience else { return false }
        isTold = true
        return true
    }
}
