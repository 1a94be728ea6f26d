import Volumes

/// Whose turn it is among the copies of one cluster: fair by source, short ones first, and some turns for short ones alone,
/// so that nobody's large trees hold up another's few files.
struct CopyTurns: Sendable {
    /// What counts about one copy.
    struct Candidate: Sendable, Hashable {
        /// Tells it from others.
        var number: Int
        /// The volume that it is from.
        var source: VolumeID
        /// As far as Ceph's sums say, which lag: a large one may pass for short, which is why a source has a bound too.
        var isShort: Bool
    }

    /// Turns that only short ones get, beside those for all.
    static let shortTurns = 2
    /// The threads that copies need on a cluster. A short copy's lag may hide that it is long, so it never takes more than a
    /// short one's.
    static func threads(for options: CephVolumesOptions) -> Int {
        options.copyWorkers * options.copiesAtOnce + shortWorkers * (shortTurns + options.copiesAtOnce)
    }

    /// Up to how much makes a copy short.
    static let shortEntries: Int64 = 1000
    static let shortBytes: Int64 = 64 << 20
    /// Threads of a short copy.
    static let shortWorkers = 2

    /// How many of any kind are under way at once, and how many from one source.
    let limit: Int

    /// Who goes next, of those that wait in the order in which they came; nil when all turns are taken.
    func next(of waiting: [Candidate], running: [Candidate]) -> Candidate? {
        let long = running.count { !$0.isShort }
        let isFull = running.count >= limit + Self.shortTurns
        let shares = Dictionary(grouping: running, by: \.source).mapValues(\.count)
        func share(_ one: Candidate) -> Int { shares[one.source] ?? 0 }
        return waiting.filter { one in
            !isFull && share(one) < limit && (one.isShort || long < limit)
        }.min { left, right in
            if share(left) != share(right) { return share(left) < share(right) }
            if left.isShort != right.isShort { return left.isShort }
            return left.number < right.number
        }
    }
}
