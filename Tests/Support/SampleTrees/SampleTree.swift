import Ceph
import Glibc

/// A tree of everything that CephFS can hold, the same at every call: what a copy must keep.
///
/// Made in parts that do not depend on each other, so that several threads can make it.
public struct SampleTree: Sendable {
    /// How many ordinary files there are.
    public var files: Int
    /// The size of the large sparse file.
    public var sparseBytes: UInt64
    /// Whether there is anything but ordinary files.
    public var hasAllKinds: Bool
    private let directories = 20

    /// More than `files` + 250 entries, or without the other kinds + 40.
    public init(files: Int = 5000, sparseBytes: UInt64 = 10 << 30, hasAllKinds: Bool = true) {
        self.files = files
        self.sparseBytes = sparseBytes
        self.hasAllKinds = hasAllKinds
    }

    /// Makes the tree at `path`, which must not exist, with the threads of the connection's foreground lane.
    public func make(at path: String, on connections: CephConnections, _ settings: CephSettings) async throws {
        try await connections.run(settings, "sample") { try $0.makeDirectory(path, mode: 0o755) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for part in 0..<directories {
                group.addTask {
                    try await connections.run(settings, "sample") { mount in
                        try makeFiles(part, in: mount.node(path))
                    }
                }
            }
            let kinds = [
                makeNames, makeDepth, makeSparse, makeLinks, makeAttributes, makeSpecials, makeModes, makeSizes,
            ]
            for make in hasAllKinds ? kinds : [] {
                group.addTask {
                    try await connections.run(settings, "sample") { mount in try make(mount.node(path)) }
                }
            }
            try await group.waitForAll()
        }
        try await connections.run(settings, "sample") { mount in
            let root = try mount.node(path)
            try Self.date(root, 77)
            try mount.synchronize()
        }
    }

    private func makeFiles(_ part: Int, in root: CephNode) throws {
        let directory = try root.makeDirectory(bytes("d\(part)"), mode: 0o755).node
        let inner = try directory.makeDirectory(bytes("inner"), mode: 0o2770).node
        for number in stride(from: part, to: files, by: directories) {
            let size = [0, 1, 100, 4096, 4097, 10_000, 20_000][number % 7]
            let parent = number % 3 == 0 ? inner : directory
            let file = try Self.file("f\(number)", in: parent, Self.content(number, size))
            var changes = CephNodeChanges()
            changes.mode = UInt16(0o400 | number % 0o400)
            changes.owner = (UInt32(number % 50) * 1000, UInt32(number % 7))
            try file.set(changes)
            try Self.date(file, number)
        }
        try Self.date(inner, part)
        try Self.date(directory, part + 1)
    }

    private func makeSizes(in root: CephNode) throws {
        let directory = try root.makeDirectory(bytes("sizes"), mode: 0o755).node
        for size in [65_535, 65_536, 65_537, (4 << 20) - 1, 4 << 20, (4 << 20) + 1, 13 << 20] {
            try Self.date(Self.file("s\(size)", in: directory, Self.content(size, size)), size)
        }
        try Self.date(directory, 5)
    }

    func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }
}

/// Helpers.
extension SampleTree {
    /// Bytes that no other number gives, no two blocks of 4 KiB the same and no byte zero. Not byte by byte, for that
    /// takes long in a debug build.
    public static func content(_ number: Int, _ size: Int) -> [UInt8] {
        var state = UInt64(truncatingIfNeeded: number) &* 0x9E37_79B9_7F4A_7C15 | 1
        let block = (0..<min(size, 4096)).map { _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return UInt8(truncatingIfNeeded: state >> 56) | 1
        }
        var content: [UInt8] = []
        content.reserveCapacity(size)
        while content.count < size {
            let index = content.count / 4096
            content += block.prefix(size - content.count)
            for digit in 0..<4 where index * 4096 + digit < size {
                content[index * 4096 + digit] = UInt8(index >> (digit * 7) & 0x7F) | 0x80
            }
        }
        return content
    }

    /// Makes a file with those bytes.
    @discardableResult
    public static func file(
        _ name: String,
        in directory: CephNode,
        _ content: [UInt8],
        at offset: UInt64 = 0
    ) throws -> CephNode {
        let file = try directory.createFile(Array(name.utf8), mode: 0o644)
        try write(content, to: file, at: offset)
        return file.node
    }

    /// Writes bytes at a place of a file.
    public static func write(_ content: [UInt8], to file: CephOpenNode, at offset: UInt64) throws {
        guard !content.isEmpty else { return }
        let buffer = CephBuffer(size: content.count)
        buffer.fill(content)
        try file.write(0..<content.count, of: buffer, at: offset)
    }

    /// Times in the past with odd nanoseconds, others for each number.
    public static func date(_ node: CephNode, _ number: Int) throws {
        var changes = CephNodeChanges()
        let second = 1_000_000_000 + Int64(number) * 1001
        changes.modified = CephTime(seconds: second, nanoseconds: Int64(number) * 7919 % 1_000_000_000)
        changes.accessed = CephTime(seconds: second + 5, nanoseconds: Int64(number) * 104_729 % 1_000_000_000)
        try node.set(changes)
    }
}
