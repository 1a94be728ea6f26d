import Ceph
import Foundation
import SampleTrees
import Testing

@testable import CephVolumes
@testable import TreeCopying

@Suite("A copy that is interrupted or fails", .usesCluster) struct CopyInterruptionTests {
    private func names(_ count: Int) -> [String] { (0..<count).map { "f\($0)" } }

    /// Runs a copy and stops it when `isTime`.
    private func runAndStop(
        _ copier: TreeCopier,
        _ fixture: CopyFixture,
        when isTime: @escaping @Sendable (CopyProgress.Figures) -> Bool
    ) async throws -> Duration {
        let run = Task { try await fixture.run(copier) }
        while !isTime(copier.progress.figures) { try await Task.sleep(for: .milliseconds(2)) }
        let stopped = ContinuousClock.now
        run.cancel()
        await #expect(throws: CancellationError.self) { try await run.value }
        return stopped.duration(to: .now)
    }

    @Test("cancelled, it stops within a second, and what it made can be removed")
    func cancellation() async throws {
        let fixture = try await CopyFixture()
        try await fixture.makeSample(files: 300, hasAllKinds: false)
        let copier = fixture.copier()
        let took = try await runAndStop(copier, fixture) { $0.entries >= 100 }
        #expect(took < .seconds(1))
        #expect(copier.progress.figures.percent < 100)
        try await fixture.on { [target = fixture.target, scratch = fixture.scratch] mount in
            try mount.removeTree(target)
            try mount.removeTree(scratch)
        }
        #expect(try await fixture.names(fixture.directory) == ["source"])
        try await fixture.end()
    }

    @Test("begun again, it leaves alone what is complete, and the result equals the source")
    func resumption() async throws {
        let fixture = try await CopyFixture()
        try await fixture.makeSample(files: 300, hasAllKinds: false)
        _ = try await runAndStop(fixture.copier(), fixture) { $0.entries >= 150 }
        let before = try await inodes(fixture)
        let again = fixture.copier()
        try await fixture.run(again)
        let figures = again.progress.figures
        #expect(figures.copied < figures.bytes)
        #expect(try await fixture.differences() == [])
        let after = try await inodes(fixture)
        #expect(before.count > 10 && before.allSatisfy { after[$0.key] == $0.value })
        try await fixture.end()
    }

    private func inodes(_ fixture: CopyFixture) async throws -> [String: UInt64] {
        try await fixture.on { [target = fixture.target] mount in
            var inodes: [String: UInt64] = [:]
            for part in 0..<20 {
                guard let directory = try mount.node(target).child(Array("d\(part)".utf8)) else { continue }
                for entry in try CephDirectoryStream(directory.node).next(.max) where entry.status.mode != 0o600 {
                    inodes[entry.node.path] = entry.status.inode
                }
            }
            return inodes
        }
    }

    @Test("a large file goes on from the last stretch that is known to be written")
    func checkpoint() async throws {
        let fixture = try await CopyFixture()
        let size = 48 << 20
        try await fixture.makeSource { root in
            let file = try root.createFile(Array("large".utf8), mode: 0o600)
            for number in 0..<12 {
                let content = SampleTree.content(number, 4 << 20)
                try SampleTree.write(content, to: file, at: UInt64(number * content.count))
            }
            try SampleTree.date(file.node, 1)
        }
        let options: (inout TreeCopier.Options) -> Void = { options in
            options.checkpointBytes = 4 << 20
            options.workers = 2
        }
        _ = try await runAndStop(fixture.copier(options), fixture) { $0.copied >= UInt64(size / 2) }
        let again = fixture.copier(options)
        try await fixture.run(again)
        #expect(again.progress.figures.copied <= UInt64(size / 2 + 4 << 20))
        #expect(try await fixture.differences() == [])
        try await fixture.end()
    }

    @Test("a user without an OSD cap for the data is told so, with the path")
    func caps() async throws {
        let owner = try await CopyFixture()
        try await owner.makeSource { try SampleTree.file("f", in: $0, [1, 2, 3]) }
        let other = try await CopyFixture(user: owner.dev.provisioner)
        let copier = TreeCopier(owner.snapshotPaths)
        let error = await #expect(throws: CephError.self) { try await other.run(copier) }
        #expect(error?.code == EPERM)
        #expect(error?.path == "/volumes\(owner.source)/.snap/s/f")
        try await other.end()
        try await owner.end()
    }

    @Test("a source that is no directory, or is missing, is an error")
    func noSource() async throws {
        let fixture = try await CopyFixture()
        try await fixture.makeSource { try SampleTree.file("f", in: $0, [1, 2, 3]) }
        for (name, code) in [("f", ENOTDIR), ("nothing", ENOENT)] {
            var paths = fixture.paths
            paths.source += "/\(name)"
            let copier = TreeCopier(paths)
            let error = await #expect(throws: CephError.self) { try await fixture.run(copier) }
            #expect(error?.code == code && error?.path == "/volumes\(paths.source)")
        }
        try await fixture.end()
    }

    @Test("what vanishes from a live source is left out and counted, all else is copied")
    func live() async throws {
        let fixture = try await CopyFixture()
        let other = try await CopyFixture()
        try await fixture.makeSource { root in
            for number in 0..<400 { try SampleTree.file("f\(number)", in: root, SampleTree.content(number, 3000)) }
        }
        let copier = TreeCopier(fixture.paths)
        let run = Task { try await fixture.run(copier) }
        while copier.progress.figures.entries < 20 { try await Task.sleep(for: .milliseconds(1)) }
        let source = fixture.source
        try await other.on { mount in for number in 0..<200 { try mount.unlink("\(source)/f\(number)") } }
        try await run.value
        let copied = Set(try await fixture.names(fixture.target))
        #expect(copied.isSuperset(of: try await fixture.names(source)))
        let figures = copier.progress.figures
        #expect(figures.entries == UInt64(copied.count) + 1)
        try await other.end()
        try await fixture.end()
    }

    @Test("a connection that is lost on the way is replaced, and the copy goes on")
    func eviction() async throws {
        let fixture = try await CopyFixture()
        try await fixture.makeSample(files: 100)
        let copier = fixture.copier()
        let run = Task { try await fixture.run(copier) }
        while copier.progress.figures.entries < 100 { try await Task.sleep(for: .milliseconds(2)) }
        try fixture.dev.evict(user: "admin", root: "/volumes")
        try await run.value
        let differences = try await fixture.differences()
        #expect(differences == [])
        try await fixture.end()
    }
}
