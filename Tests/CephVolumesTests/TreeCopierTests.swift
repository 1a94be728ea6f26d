import Ceph
import Foundation
import SampleTrees
import Testing

@testable import CephVolumes
@testable import TreeCopying

@Suite("A copy of a tree", .usesCluster) struct TreeCopierTests {
    @Test("it equals its source in every attribute, byte, hole and hard link, and nothing is left in scratch")
    func fidelity() async throws {
        let fixture = try await CopyFixture()
        try await fixture.makeSample(files: 200)
        let copier = fixture.copier()
        try await fixture.run(copier)
        #expect(try await fixture.differences() == [])
        #expect(try await fixture.names(fixture.directory) == ["source", "target"])
        let figures = copier.progress.figures
        #expect(figures.percent == 100 && figures.vanished == 0)
        // The MDS adds up lazily, and counts a file once however many names it has.
        var bytes = ""
        for _ in 0..<60 where bytes != "\(figures.bytes)" {
            try await Task.sleep(for: .milliseconds(500))
            bytes = try await fixture.on { [target = fixture.target] in try $0.attribute("ceph.dir.rbytes", of: target)
            }
        }
        #expect(bytes == "\(figures.bytes)")
        try await fixture.end()
    }

    @Test("the comparison that these tests rest on finds every kind of difference")
    func comparison() async throws {
        let fixture = try await CopyFixture()
        try await fixture.makeSample(files: 40, sparseBytes: 1 << 24)
        try await fixture.run(fixture.copier())
        let changes: [@Sendable (CephFSMount, String) throws -> Void] = [
            { try SampleTree.file("new", in: $0.node($1), []) },
            { try $0.unlink("\($1)/d1/f1") },
            { try SampleTree.date($0.node("\($1)/d3"), 1234) },
            { try $0.node("\($1)/attributes").setAttribute(Array("user.text".utf8), to: [1]) },
            { try $0.node("\($1)/special/socket").set(CephNodeChanges(mode: 1)) },
            { mount, path in
                let file = try mount.node("\(path)/sizes/s65537")
                let before = try file.status()
                try SampleTree.write([0], to: file.openForWriting(truncating: false), at: 100)
                var back = CephNodeChanges()
                back.modified = before.modified
                try file.set(back)
            },
        ]
        for change in changes {
            let count = try await fixture.differences().count
            try await fixture.on { [target = fixture.target] in try change($0, target) }
            #expect(try await fixture.differences().count > count)
        }
        try await fixture.end()
    }

    @Test("holes take no room in the copy, and ten gigabytes of them no time")
    func holes() async throws {
        let fixture = try await CopyFixture()
        try await fixture.makeSource { root in
            let file = try root.createFile(Array("huge".utf8), mode: 0o600)
            for offset in [0, 5_000_000_000, 9_999_999_000] as [UInt64] {
                try SampleTree.write(SampleTree.content(1, 1000), to: file, at: offset)
            }
        }
        let began = ContinuousClock.now
        try await fixture.run(fixture.copier())
        #expect(began.duration(to: .now) < .seconds(60))
        #expect(try await fixture.differences(contents: false) == [])
        let inode = try await fixture.on { [target = fixture.target] in try $0.node("\(target)/huge").status().inode }
        let objects = try fixture.dev.rados("-p", "cephfs_data", "ls", "--all").split(separator: "\n")
        #expect(objects.filter { $0.contains("\(String(inode, radix: 16)).") }.count == 3)
        try await fixture.end()
    }

    @Test("a name whose other names lie outside of the tree is a file with one name")
    func linksOutside() async throws {
        let fixture = try await CopyFixture()
        try await fixture.makeSource { root in
            let file = try SampleTree.file("inside", in: root, [1, 2, 3])
            try file.link(Array("../outside".utf8.dropFirst(3)), in: root.mount.node(fixture.directory))
        }
        try await fixture.run(fixture.copier())
        let status = try await fixture.on { [target = fixture.target] in try $0.node("\(target)/inside").status() }
        #expect(status.links == 1 && status.size == 3)
        try await fixture.end()
    }

    @Test("it goes where the destination's pool and namespace are, without the source's layout or quota")
    func layouts() async throws {
        let fixture = try await CopyFixture()
        try await fixture.makeSource { root in
            let directory = try root.makeDirectory(Array("limited".utf8), mode: 0o755).node
            try directory.setAttribute(Array("ceph.quota.max_bytes".utf8), to: Array("4194304".utf8))
            try directory.setAttribute(Array("ceph.dir.layout.pool_namespace".utf8), to: Array("theirs".utf8))
            try SampleTree.file("f", in: directory, [1])
            let file = try SampleTree.file("linked", in: root, [2])
            try file.link(Array("again".utf8), in: directory)
        }
        try await fixture.on { [target = fixture.target] mount in
            try mount.makeDirectory(target, mode: 0o700)
            try mount.setAttribute("ceph.dir.layout.pool_namespace", of: target, to: "ours")
        }
        try await fixture.run(fixture.copier())
        let (namespaces, quota) = try await fixture.on { [target = fixture.target] mount in
            let files = ["limited/f", "linked", "limited/again"]
            let name = "ceph.file.layout.pool_namespace"
            return (
                try files.map { try mount.fileAttribute(name, of: "\(target)/\($0)") },
                try mount.attributeIfPresent("ceph.quota.max_bytes", of: "\(target)/limited")
            )
        }
        #expect(namespaces == ["ours", "ours", "ours"] && (quota ?? "0") == "0")
        try await fixture.end()
    }

    @Test("a directory costs the MDS at most five requests, six where names may be folded, and each moves the progress")
    func deepTree() async throws {
        let depth = 100
        let fixture = try await CopyFixture()
        try await fixture.makeSource { root in
            var directory = root
            for _ in 0..<depth { directory = try directory.makeDirectory(Array("d".utf8), mode: 0o755).node }
        }
        let before = try fixture.requests()
        let copier = fixture.copier()
        let looking = Task {
            var seen: Set<UInt64> = []
            while !Task.isCancelled {
                seen.insert(copier.progress.figures.entries)
                try? await Task.sleep(for: .milliseconds(2))
            }
            return seen
        }
        try await fixture.run(copier)
        looking.cancel()
        #expect(await looking.value.count > 10)
        #expect(copier.progress.figures.entries == UInt64(depth + 1))
        let after = try fixture.requests()
        let counts = after.merging(before) { $0 - $1 }.filter { $1 > 0 }
        // A sixth asks whether the directory folds names, where that may be (Ceph 20).
        let most = await CharacterMap.mayOccur(on: fixture.connections, fixture.settings) ? 6 : 5
        #expect(counts.values.reduce(0, +) <= most * depth + 50, "\(counts)")

        #expect(try await fixture.differences() == [])
        try await fixture.end()
    }
}
