/// A moment in time, `google.protobuf.Timestamp`.
public struct Timestamp: Sendable, Hashable {
    /// Seconds since 1970-01-01T00:00:00Z; negative before.
    public var seconds: Int64
    /// Nanoseconds after that, 0 ..< 1,000,000,000.
    public var nanoseconds: Int32

    /// Makes a moment from its two parts.
    public init(seconds: Int64 = 0, nanoseconds: Int32 = 0) {
        self.seconds = seconds
        self.nanoseconds = nanoseconds
    }
}
