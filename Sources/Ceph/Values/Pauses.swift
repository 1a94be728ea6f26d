/// Pauses between looks at what a metadata server is about to do.
public enum Pauses {
    /// Microseconds, together about so many seconds, at least one: 1, 2, 4 … 512 ms, then always half a second.
    public static func doubling(seconds: Int) -> [UInt32] {
        (0..<10).map { 1000 << $0 } + Array(repeating: 500_000, count: 2 * (seconds - 1))
    }
}
