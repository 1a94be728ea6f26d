import Ceph
import Foundation
import SampleTrees
import Testing

@testable import CephVolumes

@Suite("A copy whose process is killed", .usesCluster) struct CopyCrashTests {
    /// How often; `make test` is content with few, `COPY_KILLS=50` is the whole test.
    private static let kills = ProcessInfo.processInfo.environment["COPY_KILLS"].flatMap { Int($0) } ?? 12
    private static let files = ProcessInfo.processInfo.environment["COPY_FILES"].flatMap { Int($0) } ?? 600
    private static let sparseBytes =
        ProcessInfo.processInfo.environment["COPY_SPARSE_BYTES"].flatMap { UInt64($0) } ?? 1 << 30

    /// Starts the program as one replica: the same identity every time.
    private func start(_ fixture: CopyFixture, dies: Bool = false, _ words: [String]) throws -> (Process, Pipe) {
        let process = Process()
        let bundle = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        process.executableURL = bundle.deletingLastPathComponent().appendingPathComponent("copy-tree")
        process.arguments = words
        var environment = [
            "COPY_TREE_MONITORS": fixture.dev.monitors.joined(separator: ","),
            "COPY_TREE_FS": fixture.dev.filesystem,
            "COPY_TREE_ROOT": "/volumes",
            "COPY_TREE_USER": "admin",
            "COPY_TREE_KEY": try fixture.dev.ceph("auth", "get-key", "client.admin"),
            "COPY_TREE_IDENTITY": "killed\(fixture.directory)",
        ]
        if dies { environment["COPY_TREE_DIES"] = "1" }
        process.environment = environment
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        return (process, output)
    }

    /// Copies, and is killed so long after it began, unless it ends before; returns what it printed.
    private func copy(_ fixture: CopyFixture, killedAfter delay: Duration?, dies: Bool = false) async throws -> String {
        let paths = fixture.snapshotPaths
        let words = ["copy", paths.source, paths.destination, paths.scratch]
        let (process, output) = try start(fixture, dies: dies, words)
        // One that hangs is to fail here, and not to hold up the whole run.
        let watchdog = Task {
            try await Task.sleep(for: .seconds(300))
            kill(process.processIdentifier, SIGKILL)
        }
        defer { watchdog.cancel() }
        var text = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
        if let delay {
            try await Task.sleep(for: delay)
            kill(process.processIdentifier, SIGKILL)
        }
        text += String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return text
    }

    private func compare(_ fixture: CopyFixture) throws -> String {
        let (process, output) = try start(
            fixture,
            ["compare", fixture.snapshotPaths.source, fixture.snapshotPaths.destination]
        )
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return process.terminationStatus == 0 ? "" : text
    }

    @Test("whenever that was, the next process finishes it, it equals its source, and scratch is gone")
    func kills() async throws {
        let fixture = try await CopyFixture()
        try await fixture.makeSample(files: Self.files, sparseBytes: Self.sparseBytes)
        // How long an undisturbed one takes says when to kill.
        let whole = try await copy(fixture, killedAfter: nil)
        let seconds = try #require(whole.split(separator: " ").dropFirst().first.flatMap { Double($0) }, "\(whole)")
        #expect(try compare(fixture) == "")
        var finished = 0
        try await remove(fixture)
        for number in 0..<Self.kills {
            let delay = Duration.seconds(Double.random(in: 0...(seconds * 1.1)))
            let text = try await copy(fixture, killedAfter: delay)
            #expect(!text.contains("failed"), "kill \(number) after \(delay): \(text)")
            // One in a few is let to its end, from wherever the kills have left it.
            guard text.contains("copied") || number % 4 == 3 else { continue }
            try await finish(fixture)
            finished += 1
            try await remove(fixture)
        }
        #expect(finished > 0)
        try await fixture.end()
    }

    /// Lets it end, with a crash right after.
    private func finish(_ fixture: CopyFixture) async throws {
        let text = try await copy(fixture, killedAfter: nil, dies: true)
        #expect(text.contains("copied"), "\(text)")
        #expect(text.contains("held 0 files"), "\(text)")
        let difference = try compare(fixture)
        #expect(difference == "")
        #expect(try await fixture.names(fixture.directory) == ["source", "target"])
    }

    private func remove(_ fixture: CopyFixture) async throws {
        try await fixture.on { [target = fixture.target] in try $0.removeTree(target) }
    }
}
