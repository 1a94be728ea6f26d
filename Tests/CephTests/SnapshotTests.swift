import Foundation
import Testing

@testable import Ceph

@Suite("Snapshots of a directory", .usesCluster) struct SnapshotTests {
    private let connections = CephConnections(identity: "snapshot-tests")

    @Test("a snapshot keeps its metadata and contents, is made and removed once, and bad names are refused")
    func life() async throws {
        let path = "/scratch-\(UUID())"
        try await connections.run(DevCluster().settings(), "test") { mount in
            try mount.makeDirectory(path, mode: 0o755)
            defer { try? mount.removeTree(path) }
            try mount.makeDirectory("\(path)/kept", mode: 0o755)
            let metadata = ["csi.name": "snapshot é", "csi.bytes": "0"]
            try mount.makeSnapshot(of: path, name: "s1", metadata: metadata)
            try mount.removeDirectory("\(path)/kept")
            #expect(try mount.entries("\(path)/.snap/s1").map(\.text) == ["kept"])
            let info = try mount.snapshotInfo(of: path, name: "s1")
            #expect(info.metadata == metadata && info.id > 0)
            for (name, code) in [("s1", EEXIST), ("_s", EINVAL), ("a/b", EINVAL), ("", EINVAL)] {
                let error = #expect(throws: CephError.self) { try mount.makeSnapshot(of: path, name: name) }
                #expect(error?.code == code)
            }
            #expect(try mount.removeSnapshot(of: path, name: "s1"))
            #expect(try !mount.removeSnapshot(of: path, name: "s1"))
            let error = #expect(throws: CephError.self) { try mount.snapshotInfo(of: path, name: "s1") }
            #expect(error?.code == ENOENT)
        }
        await connections.close()
    }
}
