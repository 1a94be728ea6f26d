/// Text taken apart by its bytes, as Linux and Ceph take paths, lists and names apart.
///
/// Swift's own `split`, `hasPrefix` and `==` go by characters and by canonical equivalence. They do not see a slash that a
/// combining mark follows, so `a/../` followed by a mark hides a `..` that the kernel follows. And they take the two
/// spellings of `é` for one name, where a file system has two.
extension StringProtocol where SubSequence == Substring {
    /// The parts between the bytes `separator`.
    ///
    /// - Parameters:
    ///   - separator: an ASCII character.
    ///   - maxSplits: how many of them count at most.
    ///   - omittingEmptySubsequences: whether parts without a byte are left out.
    public func split(
        byte separator: Unicode.Scalar,
        maxSplits: Int = .max,
        omittingEmptySubsequences: Bool = true
    ) -> [Substring] {
        self[...].utf8.split(
            separator: UInt8(ascii: separator),
            maxSplits: maxSplits,
            omittingEmptySubsequences: omittingEmptySubsequences
        ).map(Substring.init)
    }

    /// Whether the first bytes are those of `prefix`.
    public func begins(with prefix: some StringProtocol) -> Bool { utf8.starts(with: prefix.utf8) }

    /// Whether the last bytes are those of `suffix`.
    public func ends(with suffix: some StringProtocol) -> Bool { utf8.reversed().starts(with: suffix.utf8.reversed()) }

    /// What is behind the bytes `prefix`; nil when it does not begin with them.
    public func removing(prefix: some StringProtocol) -> Substring? {
        begins(with: prefix) ? Substring(self[...].utf8.dropFirst(prefix.utf8.count)) : nil
    }

    /// Whether it has the same bytes as `other`.
    public func isSame(as other: some StringProtocol) -> Bool { utf8.elementsEqual(other.utf8) }

    /// Where the first byte `wanted` is, an ASCII character; nil when it has none.
    public func firstIndex(ofByte wanted: Unicode.Scalar) -> Index? { utf8.firstIndex(of: UInt8(ascii: wanted)) }

    /// Whether the bytes of `text` stand in it one after the other.
    public func contains(bytesOf text: some StringProtocol) -> Bool {
        let (all, wanted) = (Array(utf8), Array(text.utf8))
        guard wanted.count <= all.count else { return false }
        return (0...(all.count - wanted.count)).contains { all[$0...].starts(with: wanted) }
    }
}

/// Text that is a name to Linux, Ceph or the orchestrator: the same only with the same bytes, and in their order. For sets
/// and dictionaries.
public struct ByteText: Sendable, Hashable, Comparable, CustomStringConvertible, ExpressibleByStringLiteral {
    /// The text.
    public let text: String

    /// Takes `text` as it is.
    public init(_ text: String) { self.text = text }

    /// Takes the literal as it is.
    public init(stringLiteral text: String) { self.text = text }

    /// By bytes.
    public static func == (left: ByteText, right: ByteText) -> Bool { left.text.isSame(as: right.text) }

    /// By bytes.
    public static func < (left: ByteText, right: ByteText) -> Bool {
        left.text.utf8.lexicographicallyPrecedes(right.text.utf8)
    }

    /// Of the bytes.
    public func hash(into hasher: inout Hasher) {
        for byte in text.utf8 { hasher.combine(byte) }
        hasher.combine(text.utf8.count)
    }

    /// The text.
    public var description: String { text }
}
