import Foundation
import System
import Testing
import Volumes

@testable import Mounting

/// Work that ends when the test says so.
private final class Gate: Sendable {
    private let semaphore = DispatchSemaphore(value: 0)

    func open() { semaphore.signal() }
    func pass() { semaphore.wait() }
}

@Suite struct WriteBackTests {
    private let entry: MountEntry
    private let root: FileDescriptor

    init() throws {
        entry = try #require(MountEntry(line: "35 29 0:31 / /s rw - ceph x rw"[...]))
        root = try FileDescriptor(opening: "/", O_RDONLY)
    }

    @Test func `calls for one file system join one run, and what has ended is begun anew`()
        async throws
    {
        let said = Lines()
        let backs = WriteBacks(threads: 4, log: said.log)
        let gate = Gate()
        let begun = Counter()
        let run = backs.run(entry, root: root) { _ in
            _ = begun.next()
            gate.pass()
            return .written
        }
        for _ in 0..<5 { #expect(backs.run(entry, root: root) { _ in .dead } === run) }
        try await waitUntil("it runs") { run.elapsed > .zero }
        #expect(run.outcome == nil)
        gate.open()
        try await waitUntil("it has ended") { run.outcome == .written }
        #expect(begun.count == 1)
        let next = backs.run(entry, root: root) { _ in .failed(EIO) }
        try await waitUntil("it has ended") { next.outcome == .failed(EIO) }
        #expect(said.all.count == 1)
        #expect(said.all.first?.contains("is lost") == true)
    }

    @Test func `a run that waits for a thread has not run yet, so that it is never cut short`() async throws {
        let backs = WriteBacks(threads: 1)
        let gate = Gate()
        let first = backs.run(entry, root: root) { _ in
            gate.pass()
            return .written
        }
        // Which of two tasks reaches the pool first is nobody's promise.
        try await waitUntil("the first has the thread") { first.elapsed > .zero }
        var other = entry
        other.device = "0:32"
        let second = backs.run(other, root: root) { _ in .written }
        try await Task.sleep(for: .milliseconds(100))
        #expect(second.elapsed == .zero)
        gate.open()
        try await waitUntil("it has ended") { second.outcome == .written }
    }

    @Test func `a run lets go of the mount before it says that it has ended`() async throws {
        let backs = WriteBacks(threads: 1)
        let scratch = try Scratch()
        let path = try scratch.makeTmpfs("t")
        let run = backs.run(entry, root: try FileDescriptor(opening: path, O_RDONLY)) { WriteBacks.writeBack($0) }
        try await waitUntil("it has ended") { run.outcome == .written }
        #expect(umount2(path, 0) == 0)
    }
}

@Suite struct LookTests {
    private let statistics = VolumeStatistics(
        usage: nil,
        condition: VolumeCondition(isAbnormal: false, message: "well")
    )

    private func name(_ result: MountProbes.Result) -> String {
        switch result {
        case .seen(let statistics): statistics.condition.message
        case .hangs: "hangs"
        case .queued: "queued"
        }
    }

    @Test func `looks at one path share a thread, and a look at another is not held up`() async throws {
        let looks = MountProbes(threads: 2)
        let gate = Gate()
        let begun = Counter()
        let patience = Duration.milliseconds(50)
        for _ in 0..<3 {
            let result = try await looks.look(at: "/a", "a", patience: patience) { [statistics] in
                _ = begun.next()
                gate.pass()
                return statistics
            }
            #expect(name(result) == "hangs")
        }
        #expect(begun.count == 1)
        let other = try await looks.look(at: "/b", "b", patience: .seconds(20)) { [statistics] in statistics }
        #expect(name(other) == "well")
        gate.open()
        let again = try await looks.look(at: "/a", "a", patience: .seconds(20)) { [statistics] in statistics }
        #expect(name(again) == "well")
    }

    @Test func `when all threads hang a look is not taken for one at a mount that hangs`() async throws {
        let looks = MountProbes(threads: 1)
        let gate = Gate()
        defer { gate.open() }
        let patience = Duration.milliseconds(50)
        _ = try await looks.look(at: "/a", "a", patience: patience) { [statistics] in
            gate.pass()
            return statistics
        }
        let queued = try await looks.look(at: "/b", "b", patience: patience) { [statistics] in statistics }
        #expect(name(queued) == "queued")
    }

    @Test func `who is cancelled does not wait and the others get the result`() async throws {
        let looks = MountProbes(threads: 1)
        let gate = Gate()
        @Sendable func look() async throws -> String {
            name(
                try await looks.look(at: "/a", "a", patience: .seconds(20)) { [statistics] in
                    gate.pass()
                    return statistics
                }
            )
        }
        let first = Task { try await look() }
        let second = Task { try await look() }
        try await Task.sleep(for: .milliseconds(100))
        first.cancel()
        await #expect(throws: CancellationError.self) { try await first.value }
        gate.open()
        #expect(try await second.value == "well")
    }

    @Test func `what a look throws reaches who asked`() async throws {
        let looks = MountProbes(threads: 1)
        await #expect(throws: VolumeError.notFound("x")) {
            try await looks.look(at: "/a", "a", patience: .seconds(20)) { throw VolumeError.notFound("x") }
        }
    }
}
