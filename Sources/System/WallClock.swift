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
    public var timestamp: String { timestamp(fraction: Self.padded(Int(nanoseconds / 1_000_000), to: 3)) }

    private func timestamp(fraction: String) -> String {
        var time = time_t(seconds)
        var parts = tm()
        gmtime_r(&time, &parts)
        let date = [(Int(parts.tm_year) + 1900, 4), (Int(parts.tm_mon) + 1, 2), (Int(parts.tm_mday), 2)]
        let clock = [(Int(parts.tm_hour), 2), (Int(parts.tm_min), 2), (Int(parts.tm_sec), 2)]
        func joined(_ fields: [(Int, Int)], by separator: String) -> String {
            fields.map { Self.padded($0.0, to: $0.1) }.joined(separator: separator)
        }
        return "\(joined(date, by: "-"))T\(joined(clock, by: ":")).\(fraction)Z"
    }

    /// Microseconds since 1970.
    public var microseconds: Int64 { seconds * 1_000_000 + nanoseconds / 1000 }

    /// The moment `microseconds` after the beginning of 1970.
    public init(microseconds: Int64) {
        self.init(seconds: microseconds / 1_000_000, nanoseconds: microseconds % 1_000_000 * 1000)
    }

    /// UTC as `20261122T233000.123456Z`: sorts by time and is safe in file names.
    public var compact: String {
        let digits = timestamp(fraction: Self.padded(Int(nanoseconds / 1000), to: 6))
        return digits.filter { $0 != "-" && $0 != ":" }
    }

    /// The moment that ``compact`` has written; nil for any other text.
    public init?(compact text: String) {
        let digits = text.utf8.filter { (0x30...0x39).contains($0) }.map { Int32($0) - 0x30 }
        guard digits.count == 20 else { return nil }
        func number(_ range: Range<Int>) -> Int32 { digits[range].reduce(0) { $0 * 10 + $1 } }
        var parts = tm()
        parts.tm_year = number(0..<4) - 1900
        parts.tm_mon = number(4..<6) - 1
        parts.tm_mday = number(6..<8)
        parts.tm_hour = number(8..<10)
        parts.tm_min = number(10..<12)
        parts.tm_sec = number(12..<14)
        self.init(seconds: Int64(timegm(&parts)), nanoseconds: Int64(number(14..<20)) * 1000)
        guard compact == text else { return nil }
    }

    private static func padded(_ number: Int, to width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
    }
}
