import Glibc

/// The time of day, in UTC.
public struct WallClock: Sendable, Hashable {
    /// Seconds since 1970-01-01T00:00:00Z.
    public let seconds: Int64
    /// Nanoseconds of the second that has begun.
    public let nanoseconds: Int64

    /// A moment.
    public init(seconds: Int64, nanoseconds: Int64) {
        self.seconds = seconds
        self.nanoseconds = nanoseconds
    }

    /// This moment (clock_gettime(2), CLOCK_REALTIME).
    public static var now: WallClock {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return WallClock(seconds: Int64(time.tv_sec), nanoseconds: Int64(time.tv_nsec))
    }

    /// RFC 3339 in UTC with milliseconds: `2026-01-31T07:05:09.123Z`.
    public var timestamp: String {
        var time = time_t(seconds)
        var parts = tm()
        gmtime_r(&time, &parts)
        let date = [(Int(parts.tm_year) + 1900, 4), (Int(parts.tm_mon) + 1, 2), (Int(parts.tm_mday), 2)]
        let clock = [(Int(parts.tm_hour), 2), (Int(parts.tm_min), 2), (Int(parts.tm_sec), 2)]
        func joined(_ fields: [(Int, Int)], by separator: String) -> String {
            fields.map { Self.padded($0.0, to: $0.1) }.joined(separator: separator)
        }
        let milliseconds = Self.padded(Int(nanoseconds / 1_000_000), to: 3)
        return "\(joined(date, by: "-"))T\(joined(clock, by: ":")).\(milliseconds)Z"
    }

    private static func padded(_ number: Int, to width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
    }
}
