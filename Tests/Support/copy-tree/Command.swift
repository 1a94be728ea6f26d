import Ceph
import Cryptography
import Glibc
import SampleTrees
import TreeCopying

/// One run of the program.
struct Command {
    struct Malformed: Error {}
    struct Unequal: Error {}

    private let words: [String]
    private let settings: CephSettings
    private let identity: String

    init(_ words: [String]) throws {
        self.words = words
        settings = CephSettings(
            monitors: [try Self.variable("COPY_TREE_MONITORS")],
            filesystem: try Self.variable("COPY_TREE_FS"),
            root: try Self.variable("COPY_TREE_ROOT"),
            user: try Self.variable("COPY_TREE_USER"),
            key: Secret(try Self.variable("COPY_TREE_KEY"))
        )
        identity = (try? Self.variable("COPY_TREE_IDENTITY")) ?? "copy-tree-\(getpid())"
    }

    func run() async throws {
        var options = CephConnections.Options()
        if words.first == "copy", let workers = word(5).flatMap({ Int($0) }) { options.copyThreads = workers }
        let connections = CephConnections(identity: identity, options: options)
        do {
            try await perform(connections)
        } catch {
            // A session that just ends would stall the next ones.
            await connections.close()
            throw error
        }
        await connections.close()
    }

    private func perform(_ connections: CephConnections) async throws {
        switch (words.first, words.count) {
        case ("sample", 2...):
            let size = SampleTree()
            let tree = SampleTree(
                files: word(3).flatMap { Int($0) } ?? size.files,
                sparseBytes: word(4).flatMap { UInt64($0) } ?? size.sparseBytes
            )
            try await tree.make(at: words[1], on: connections, settings)
        case ("load", 5): try await load(connections)
        case ("snapshot", 3):
            let (path, name) = (words[1], words[2])
            try await connections.run(settings, "snapshot") { try $0.makeSnapshot(of: path, name: name) }
        case ("remove-snapshot", 3):
            let (path, name) = (words[1], words[2])
            try await connections.run(settings, "snapshot") { _ = try $0.removeSnapshot(of: path, name: name) }
        case ("copy", 4...): try await copy(connections)
        case ("compare", 3): try await compare(connections)
        case ("remove", 2):
            let path = words[1]
            try await connections.run(settings, "remove") { try $0.removeTree(path) }
        default: throw Malformed()
        }
    }

    private func word(_ number: Int) -> String? { words.count >= number ? words[number - 1] : nil }

    private func load(_ connections: CephConnections) async throws {
        guard let files = Int(words[2]), let size = Int(words[3]), let large = Int(words[4]) else { throw Malformed() }
        let path = words[1]
        try await connections.run(settings, "load") { mount in
            try mount.makeDirectory(path, mode: 0o755)
            let root = try mount.node(path)
            for number in 0..<files { try SampleTree.file("f\(number)", in: root, SampleTree.content(number, size)) }
            let file = try root.createFile(Array("large".utf8), mode: 0o644)
            let piece = SampleTree.content(1, 4 << 20)
            for offset in stride(from: 0, to: large, by: piece.count) {
                let part = Array(piece.prefix(large - offset))
                try SampleTree.write(part, to: file, at: UInt64(offset))
            }
            try mount.synchronize()
        }
    }

    private func copy(_ connections: CephConnections) async throws {
        var options = TreeCopier.Options()
        options.workers = word(5).flatMap { Int($0) } ?? options.workers
        options.chunkBytes = word(6).flatMap { Int($0) } ?? options.chunkBytes
        let paths = TreeCopier.Paths(source: words[1], destination: words[2], scratch: words[3])
        let copier = TreeCopier(paths, options: options)
        // The mount is not what is timed.
        try await connections.run(settings, "mount") { _ in }
        say("begun")
        let began = ContinuousClock.now
        try await copier.run(on: connections, settings)
        let figures = copier.progress.figures
        let seconds = began.duration(to: .now) / .seconds(1)
        say("copied \(seconds) s \(figures.entries) entries \(figures.bytes) bytes \(figures.copied) in this run")
        guard getenv("COPY_TREE_DIES") != nil else { return }
        let target = paths.destination
        let held = try await connections.run(settings, "held") { try filesHeldForWriting($0, below: target) }
        say("held \(held.count) files for writing \(held.prefix(20))")
        // As a crash right after the copy: the session does not end, what it held is not given back.
        kill(getpid(), SIGKILL)
    }

    private func compare(_ connections: CephConnections) async throws {
        let (left, right) = (words[1], words[2])
        let differences = try await connections.run(settings, "compare") { mount in
            let comparison = try TreeComparison(mount, left, right)
            say("compared \(comparison.entries) entries")
            return comparison.differences
        }
        for difference in differences.prefix(50) { say(difference) }
        if !differences.isEmpty { throw Unequal() }
    }

    private static func variable(_ name: String) throws -> String {
        guard let value = getenv(name) else { throw Malformed() }
        return String(cString: value)
    }
}
