import Ceph
import Cryptography
import Foundation
import JSON
import SampleTrees
import Testing

@testable import CephVolumes
@testable import TreeCopying

/// A directory of its own on the dev cluster, with the administrator's connection, that goes away with ``end()``.
///
/// As the administrator, for the provisioner of the dev cluster may not read and write data.
struct CopyFixture {
    let dev: DevCluster
    let connections: CephConnections
    let settings: CephSettings
    let directory = "/copy-\(UUID().uuidString.prefix(8).lowercased())"

    var source: String { "\(directory)/source" }
    var target: String { "\(directory)/target" }
    var scratch: String { "\(directory)/scratch" }
    var paths: TreeCopier.Paths { TreeCopier.Paths(source: source, destination: target, scratch: scratch) }
    /// The same with a snapshot as the source.
    var snapshotPaths: TreeCopier.Paths {
        TreeCopier.Paths(source: "\(source)/.snap/s", destination: target, scratch: scratch)
    }

    init(user: String = "admin", identity: String = "copy-\(UUID())") async throws {
        dev = try DevCluster()
        let key = user == "admin" ? try dev.ceph("auth", "get-key", "client.admin") : dev.keyText
        settings = dev.settings(user: user, key: Secret(key))
        connections = CephConnections(identity: identity)
        try await on { [directory] in try $0.makeDirectory(directory, mode: 0o755) }
    }

    @discardableResult
    func on<Value: Sendable>(_ body: @escaping @Sendable (CephFSMount) throws -> Value) async throws -> Value {
        try await connections.run(settings, "test", body)
    }

    /// Makes the source from what `body` puts into it, and a snapshot of it.
    func makeSource(_ body: @escaping @Sendable (CephNode) throws -> Void) async throws {
        try await on { [source] mount in
            try mount.makeDirectory(source, mode: 0o750)
            try body(mount.node(source))
            try mount.makeSnapshot(of: source, name: "s")
        }
    }

    /// The small edition of the tree with everything in it, or with files only, and a snapshot of it.
    func makeSample(files: Int, sparseBytes: UInt64 = 1 << 30, hasAllKinds: Bool = true) async throws {
        let tree = SampleTree(files: files, sparseBytes: sparseBytes, hasAllKinds: hasAllKinds)
        try await tree.make(at: source, on: connections, settings)
        try await on { [source] in try $0.makeSnapshot(of: source, name: "s") }
    }

    func copier(_ change: (inout TreeCopier.Options) -> Void = { _ in }) -> TreeCopier {
        var options = TreeCopier.Options()
        change(&options)
        return TreeCopier(snapshotPaths, options: options)
    }

    func run(_ copier: TreeCopier) async throws {
        try await copier.run(on: connections, settings)
    }

    /// What differs between the snapshot and its copy.
    func differences(contents: Bool = true) async throws -> [String] {
        try await on { [snapshotPaths] mount in
            try TreeComparison(mount, snapshotPaths.source, snapshotPaths.destination, contents: contents).differences
        }
    }

    func names(_ path: String) async throws -> [String] {
        try await on { try $0.entries(path).map(\.text).sorted() }
    }

    /// How many requests of each kind the MDS has answered.
    func requests() throws -> [String: Int] {
        let text = try dev.ceph("tell", "mds.a", "perf", "dump", "mds_server")
        guard case .object(let counters)? = try JSONValue(parsing: text)["mds_server"] else { return [:] }
        return counters.filter { $0.key.hasPrefix("req_") }.compactMapValues { $0["avgcount"]?.integer.map { Int($0) } }
    }

    func end() async throws {
        try await on { [source, directory] mount in
            try mount.removeSnapshot(of: source, name: "s")
            try mount.removeTree(directory)
        }
        await connections.close()
    }
}
