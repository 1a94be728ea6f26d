import Bytes
import Ceph

/// How far a large file has been copied, as an attribute of the copy, so that a crash costs one stretch of it and not
/// all. It is there only while the copy is incomplete.
struct CopyCheckpoint: Sendable {
    /// `trusted.`: no user of a volume can have set it, or see it.
    static let attribute = Array("trusted.csi.copied".utf8)

    /// What it must have been a copy of.
    private let label: String

    init(source: CephNodeStatus) {
        label = "\(source.inode) \(source.size) \(source.modified.seconds).\(source.modified.nanoseconds)"
    }

    /// Says that everything before `done` is on the OSDs.
    func write(_ done: UInt64, on target: CephNode) throws {
        try target.setAttribute(Self.attribute, to: Array("\(done) \(label)".utf8))
    }

    /// Up to where an earlier run has copied the same source; 0 when nothing is known.
    func read(of target: CephNode) throws -> UInt64 {
        guard let value = try target.attribute(Self.attribute) else { return 0 }
        let parts = String(decoding: value, as: UTF8.self).split(byte: " ", maxSplits: 1)
        guard parts.count == 2, parts[1] == label, let done = UInt64(parts[0]) else { return 0 }
        return done
    }

    /// Joins the chunks that were copied, in whatever order, to one stretch from the beginning.
    struct Tracker: Sendable {
        /// Up to where all is copied.
        private(set) var done: UInt64
        private var written: UInt64
        /// Ends of chunks that lie further on, by their beginnings.
        private var ahead: [UInt64: UInt64] = [:]

        init(done: UInt64) {
            self.done = done
            written = done
        }

        /// Notes a chunk; returns ``done`` when it has grown by `step` since it was last returned.
        mutating func note(_ chunk: Range<UInt64>, every step: UInt64) -> UInt64? {
            ahead[chunk.lowerBound] = chunk.upperBound
            while let end = ahead.removeValue(forKey: done), end > done { done = end }
            guard done - written >= step else { return nil }
            written = done
            return done
        }
    }
}
