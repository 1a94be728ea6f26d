import Glibc

/// The time of day (clock_gettime, CLOCK_REALTIME).
public enum WallClock {
    /// Microseconds since 1970.
    public static var microseconds: Int64 {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        return Int64(now.tv_sec) * 1_000_000 + Int64(now.tv_nsec) / 1000
    }

    /// A moment as UTC, `20261122T233000.123456Z`: sorts by time and is safe in file names.
    public static func compact(microseconds: Int64) -> String {
        var seconds = time_t(microseconds / 1_000_000)
        var parts = tm()
        gmtime_r(&seconds, &parts)
        let fields = [
            padded(parts.tm_year + 1900, 4), padded(parts.tm_mon + 1, 2), padded(parts.tm_mday, 2), "T",
            padded(parts.tm_hour, 2), padded(parts.tm_min, 2), padded(parts.tm_sec, 2), ".",
            padded(Int32(microseconds % 1_000_000), 6), "Z",
        ]
        return fields.joined()
    }

    /// The moment that ``compact(microseconds:)`` wrote; nil for any other text.
    public static func microseconds(compact text: String) -> Int64? {
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
        let microseconds = Int64(timegm(&parts)) * 1_000_000 + Int64(number(14..<20))
        return compact(microseconds: microseconds) == text ? microseconds : nil
    }

    private static func padded(_ number: Int32, _ width: Int) -> String {
        let digits = "\(number)"
        return String(repeating: "0", count: max(width - digits.utf8.count, 0)) + digits
    }
}
