import Foundation
import Testing

@testable import Ceph

/// libcephfs 18 and 20 crash in `X/.snap` of a directory that they hold no capability of, so what is tested here with any
/// release is that they always do.
@Suite("Paths through .snap", .usesCluster) struct SnapshotPathTests {
    private let connections = CephConnections(identity: "snapshot-path-tests")

    private static let ways: [(name: String, walk: @Sendable (CephFSMount, String) throws -> Void)] = [
        ("listing", { _ = try $0.entries("\($1)/.snap") }),
        ("a listing of names", { _ = try $0.names("\($1)/.snap") { _ in true } }),
        ("attributes", { _ = try $0.status("\($1)/.snap/s") }),
        ("attributes of what is not there", { _ = try $0.statusIfPresent("\($1)/.snap/none") }),
        ("a count", { _ = try $0.entryCountIfPresent("\($1)/.snap/none") }),
        ("an extended attribute", { _ = try $0.attribute("ceph.snap.btime", of: "\($1)/.snap/s") }),
        ("a node", { _ = try $0.node("\($1)/.snap/s/below") }),
        ("an open file", { _ = try $0.openFile("\($1)/.snap/s/file") }),
        ("a snapshot's facts", { _ = try $0.snapshotInfo(of: $1, name: "s") }),
        ("taking a snapshot", { try $0.makeSnapshot(of: $1, name: "t") }),
        ("removing a snapshot", { try $0.removeSnapshot(of: $1, name: "s") }),
        ("removing none", { _ = try $0.removeSnapshot(of: $1, name: "none") }),
    ]

    @Test("none is walked before a capability of the directory is held", arguments: ways.indices)
    func held(_ way: Int) async throws {
        let (name, walk) = Self.ways[way]
        let parent = "/scratch-\(UUID())"
        let path = "\(parent)/volume"
        let settings = try DevCluster().settings()
        try await connections.run(settings, "making it") { mount in
            try mount.makeDirectory(parent, mode: 0o755)
            try mount.makeDirectory(path, mode: 0o755)
            try mount.setAttribute("ceph.dir.subvolume", of: path, to: "1")
            try mount.makeDirectory("\(path)/below", mode: 0o755)
            try mount.createFile("\(path)/file", mode: 0o644).close()
            try mount.makeSnapshot(of: path, name: "s")
            try mount.flushJournal()
        }
        // Another client, which knows the directory from a listing alone.
        try await connections.runOnce(settings, "walking") { mount in
            let listed = try mount.names(parent) { !$0.hasPrefix(".") }
            #expect(listed == ["volume"])
            let directory = try mount.cPath(path)
            try #require(try mount.capabilities(of: directory) == 0, "the listing brought some: this proves nothing")
            try walk(mount, path)
            #expect(try mount.capabilities(of: directory) != 0, "\(name)")
        }
        try await connections.run(settings, "removing it") { mount in
            for name in ["s", "t"] { try mount.removeSnapshot(of: path, name: name) }
            try mount.removeTree(parent)
        }
        await connections.close()
    }

    @Test("what is listed under that name is refused, and a directory that is not there is said to be so")
    func refused() async throws {
        let settings = try DevCluster().settings()
        try await connections.run(settings, "test") { mount in
            let absent = #expect(throws: CephError.self) { try mount.entries("/none-\(UUID())/.snap") }
            #expect(absent?.code == ENOENT)
            let path = #expect(throws: CephError.self) { try mount.cPath("/").appending(Array(".snap".utf8)) }
            let child = #expect(throws: CephError.self) { try mount.node("/").child(Array(".snap".utf8)) }
            #expect(path?.code == EINVAL && child?.code == EINVAL)
        }
        await connections.close()
    }
}
