import Ceph
import Foundation
import SampleTrees
import Synchronization
import Testing

@testable import CephVolumes
@testable import TreeCopying

@Suite("Files of a copy that this client may still write to", .usesCluster) struct WriteCapsWatchTests {
    private static let time = CephTime(seconds: 1_000_000_000, nanoseconds: 7)

    /// A file that is open and has a time of now, and as what it is to be sealed.
    private static func open(_ name: String, in directory: CephNode) throws -> (CephOpenNode, WriteCapsWatch.File) {
        let opened = try directory.createFile(Array(name.utf8), mode: 0o600)
        var changes = CephNodeChanges()
        changes.modified = time
        try opened.node.set(changes)
        let status = try opened.node.status()
        try SampleTree.write([1, 2, 3], to: opened, at: 0)
        let file = WriteCapsWatch.File(directory: directory, name: Array(name.utf8), copy: opened.node, status: status)
        return (opened, file)
    }

    /// Returns what `body` sees in a directory of its own: an expectation on the connection's thread would not count as
    /// the test's.
    private func inDirectory<Value: Sendable>(
        _ body: @escaping @Sendable (CephNode) throws -> Value
    ) async throws -> Value {
        let fixture = try await CopyFixture()
        try await fixture.makeSource { _ in }
        let result: Result<Value, any Error>
        do {
            result = .success(try await fixture.on { [path = fixture.directory] in try body($0.node(path)) })
        } catch {
            result = .failure(error)
        }
        try await fixture.end()
        return try result.get()
    }

    @Test("have their times restored until they can't be written to")
    func flushJournal() async throws {
        let (before, waited, after, modified) = try await inDirectory { directory in
            let (opened, file) = try Self.open("held", in: directory)
            let before = try directory.holdsWriting(to: file.name)
            let writeCaps = WriteCapsWatch()
            try writeCaps.add(file)
            let isClosed = Atomic(false)
            let closing = Thread {
                usleep(300_000)
                isClosed.store(true, ordering: .sequentiallyConsistent)
                try? opened.close()
            }
            closing.start()
            try writeCaps.waitUntilReleased(on: directory.mount) {}
            let waited = isClosed.load(ordering: .sequentiallyConsistent)
            return (before, waited, try directory.holdsWriting(to: file.name), try file.copy.status().modified)
        }
        #expect(before)
        #expect(waited)
        #expect(!after)
        #expect(modified == Self.time)
    }

    @Test("do not keep a copy from being stopped")
    func stop() async throws {
        await #expect(throws: CancellationError.self) {
            try await inDirectory { directory in
                let (opened, file) = try Self.open("held", in: directory)
                let writeCaps = WriteCapsWatch()
                try writeCaps.add(file)
                defer { try? opened.close() }
                var turns = 0
                try writeCaps.waitUntilReleased(on: directory.mount) {
                    turns += 1
                    if turns > 3 { throw CancellationError() }
                }
            }
        }
    }

    @Test("are looked at before they are forgotten")
    func overflow() async throws {
        let times = try await inDirectory { directory in
            let (first, file) = try Self.open("first", in: directory)
            let (second, other) = try Self.open("second", in: directory)
            let writeCaps = WriteCapsWatch(limit: 1)
            try writeCaps.add(file)
            let before = try file.copy.status().modified
            try writeCaps.add(other)
            let after = try file.copy.status().modified
            try first.close()
            try second.close()
            try writeCaps.waitUntilReleased(on: directory.mount) {}
            return [before, after]
        }
        #expect(times[0] != Self.time)
        #expect(times[1] == Self.time)
    }

    @Test("and names that are not there are none")
    func missing() async throws {
        let held = try await inDirectory { try $0.holdsWriting(to: Array("nothing".utf8)) }
        #expect(!held)
    }
}
