import Ceph

/// Two trees looked at side by side, with nothing of the copier's: every attribute, every byte, which names are one
/// file.
public struct TreeComparison {
    /// What differs, in words.
    public private(set) var differences: [String] = []
    /// Entries that were looked at, the roots included.
    public private(set) var entries = 0
    private let readsContents: Bool
    private var pairs: [UInt64: UInt64] = [:]
    private var copies: [UInt64: UInt64] = [:]

    /// Compares the trees at two paths.
    ///
    /// - Parameter contents: whether files are read.
    public init(_ mount: CephFSMount, _ left: String, _ right: String, contents: Bool = true) throws {
        readsContents = contents
        var stack = [(left: try mount.node(left), right: try mount.node(right))]
        while let pair = stack.popLast() {
            entries += 1
            stack += try compare(pair.left, pair.right)
        }
    }

    /// Compares two inodes; returns what to compare below.
    private mutating func compare(_ left: CephNode, _ right: CephNode) throws -> [(left: CephNode, right: CephNode)] {
        var (one, other) = (try left.status(), try right.status())
        compareLinks(one, other, left)
        (one.inode, other.inode) = (0, 0)
        if one.kind == .directory { (one.links, other.links, one.size, other.size) = (0, 0, 0, 0) }
        if one != other { differences.append("\(left.path): \(one) became \(other)") }
        try compareAttributes(left, right)
        guard one.kind == other.kind else { return [] }
        switch one.kind {
        case .directory: return try compareNames(left, right)
        case .symlink:
            if try left.target() != right.target() { differences.append("\(left.path): another target") }
        case .file where readsContents: try compareContents(left, right, size: one.size)
        default: break
        }
        return []
    }

    /// Names of one file on the left must be names of one file on the right, and of no other.
    private mutating func compareLinks(_ one: CephNodeStatus, _ other: CephNodeStatus, _ node: CephNode) {
        if pairs.updateValue(other.inode, forKey: one.inode) ?? other.inode != other.inode
            || copies.updateValue(one.inode, forKey: other.inode) ?? one.inode != one.inode
        {
            differences.append("\(node.path): other hard links")
        }
    }

    private mutating func compareAttributes(_ left: CephNode, _ right: CephNode) throws {
        let (names, others) = (Set(try left.attributeNames()), Set(try right.attributeNames()))
        for name in names.union(others) where try left.attribute(name) != right.attribute(name) {
            differences.append("\(left.path): another \(String(decoding: name, as: UTF8.self))")
        }
    }

    private mutating func compareNames(
        _ left: CephNode,
        _ right: CephNode
    ) throws -> [(left: CephNode, right: CephNode)] {
        let children = try CephDirectoryStream(left).next(.max)
        let others = Dictionary(
            uniqueKeysWithValues: try CephDirectoryStream(right).next(.max).map { ($0.name, $0.node) }
        )
        for name in Set(others.keys).subtracting(children.map(\.name)) {
            differences.append("\(right.path)/\(String(decoding: name, as: UTF8.self)): too much")
        }
        return children.compactMap { child in
            guard let other = others[child.name] else {
                differences.append("\(child.node.path): missing")
                return nil
            }
            return (child.node, other)
        }
    }

    private mutating func compareContents(_ left: CephNode, _ right: CephNode, size: UInt64) throws {
        let (one, other) = (try left.openForReading(), try right.openForReading())
        let (buffer, otherBuffer) = (CephBuffer(size: 4 << 20), CephBuffer(size: 4 << 20))
        var offset: UInt64 = 0
        while offset < size {
            try one.read(buffer.size, at: offset, into: buffer)
            try other.read(buffer.size, at: offset, into: otherBuffer)
            guard buffer.count > 0, buffer.hasSameContents(as: otherBuffer) else {
                return differences.append("\(left.path): other contents at \(offset)")
            }
            offset += UInt64(buffer.count)
        }
    }
}
