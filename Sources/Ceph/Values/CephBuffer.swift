import Glibc

/// Memory that file contents pass through, in one piece and used again and again.
///
/// One thread at a time may use it.
public final class CephBuffer {
    /// How much it can hold.
    public let size: Int
    /// How much of it is filled.
    public internal(set) var count = 0
    let bytes: UnsafeMutableBufferPointer<CChar>

    /// Takes `size` bytes.
    public init(size: Int) {
        self.size = size
        // A page's alignment, so that comparing and copying run in whole words.
        let raw = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 4096)
        bytes = raw.bindMemory(to: CChar.self)
    }

    deinit {
        bytes.deallocate()
    }

    /// Fills it with as many of `content` as fit.
    public func fill(_ content: [UInt8]) {
        count = min(content.count, size)
        content.withUnsafeBytes { source in
            UnsafeMutableRawBufferPointer(bytes).copyMemory(
                from: UnsafeRawBufferPointer(rebasing: source.prefix(count))
            )
        }
    }

    /// Whether both are filled with the same (memcmp).
    public func hasSameContents(as other: CephBuffer) -> Bool {
        guard count == other.count, let mine = bytes.baseAddress, let theirs = other.bytes.baseAddress else {
            return false
        }
        return memcmp(mine, theirs, count) == 0
    }

    /// The parts that are not zero, in blocks of `block` bytes; neighbours are joined. What lies between can be a hole.
    public func dataRanges(block: Int) -> [Range<Int>] {
        var ranges: [Range<Int>] = []
        var start = 0
        while start < count {
            let end = min(start + block, count)
            if !isZero(start..<end) {
                if let last = ranges.last, last.upperBound == start {
                    ranges[ranges.count - 1] = last.lowerBound..<end
                } else {
                    ranges.append(start..<end)
                }
            }
            start = end
        }
        return ranges
    }

    /// Compares the range with itself one byte on: all bytes are equal to the first, and that is zero.
    private func isZero(_ range: Range<Int>) -> Bool {
        guard let start = bytes.baseAddress.map({ $0 + range.lowerBound }), start.pointee == 0 else { return false }
        return memcmp(start, start + 1, range.count - 1) == 0
    }
}
