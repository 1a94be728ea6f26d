import Ceph
import Cryptography
import Foundation
import JSON
import SampleTrees
import Synchronization
import Testing
import Volumes

@testable import CephVolumes

/// A provisioner on the dev cluster, with a group of its own that goes away with ``end()``.
struct Fixture {
    let dev: DevCluster
    let cluster: Cluster
    let credentials: CephCredentials
    let backend: CephBackend
    let log: Log
    /// The administrator's own connection, to look and to meddle.
    private let admin: CephConnections
    private let adminSettings: CephSettings
    /// Those that were there before.
    private let foreignUsers: Set<String>

    init(
        replica: String = "replica-\(UUID())",
        group: String = "t-\(UUID().uuidString.prefix(8).lowercased())",
        credentials: CephCredentials? = nil,
        _ change: (inout Cluster, inout CephVolumesOptions) -> Void = { _, _ in }
    ) throws {
        dev = try DevCluster()
        var cluster = Cluster(id: "c1", monitors: dev.monitors, filesystem: dev.filesystem, group: group)
        var options = CephVolumesOptions()
        change(&cluster, &options)
        self.cluster = cluster
        self.credentials = credentials ?? CephCredentials(user: dev.provisioner, key: Secret(dev.keyText))
        log = Log()
        backend = CephBackend(
            clusters: OneCluster(cluster: cluster),
            replicaIdentity: replica,
            digest: SHA256.hex,
            options: options,
            log: log.take
        )
        admin = CephConnections(identity: "admin-\(UUID())")
        adminSettings = dev.settings(
            root: cluster.root,
            user: "admin",
            key: Secret(try Self.adminKey.get())
        )
        foreignUsers = try Self.users(dev, cluster.userPrefix)
    }

    /// On the second root, whose provisioner may make volumes of either isolation.
    static func blue() throws -> Fixture {
        let root = try DevCluster.variable("DEV_CLUSTER_BLUE_ROOT")
        let prefix = try DevCluster.variable("DEV_CLUSTER_BLUE_USER_PREFIX")
        return try Fixture(credentials: DevCluster.credentials("BLUE_PROVISIONER")) { cluster, _ in
            cluster.root = root
            cluster.userPrefix = prefix
        }
    }

    /// `path` of the file system, from the cluster's root.
    func relative(_ path: String) -> String { String(path.dropFirst(cluster.root.count)) }

    /// The fixture's own.
    var provisioner: CephVolumeProvisioner { backend.provisioner }

    /// For looking and meddling only.
    private static let adminKey = Result { try DevCluster().ceph("auth", "get-key", "client.admin") }

    /// Another replica with the same configuration.
    func another(
        _ replica: String = "other-\(UUID())",
        _ change: (inout CephVolumesOptions) -> Void = { _ in }
    ) -> CephBackend {
        var options = CephVolumesOptions()
        change(&options)
        return CephBackend(
            clusters: OneCluster(cluster: cluster),
            replicaIdentity: replica,
            digest: SHA256.hex,
            options: options,
            log: log.take
        )
    }

    /// That replica's issuer; its own by default.
    func issuer(_ other: CephBackend? = nil) -> CephCredentialIssuer { (other ?? backend).issuer }

    /// Publishes a volume to a node, as the cluster's provisioner and fencer.
    func admit(_ volume: Volume, _ node: String, _ mode: CredentialsMode = .volume) async throws -> CephCredentials {
        let request = AdmissionRequest(volume: volume.id, node: node, mode: mode, readOnly: false)
        let fencer = try DevCluster.credentials("FENCER")
        return try #require(try await issuer().admit(request, as: credentials, fencer: fencer))
    }

    /// Unpublishes a volume from a node; nil: from all.
    func dismiss(_ volume: Volume, _ node: String?) async throws {
        let fencer = try DevCluster.credentials("FENCER")
        try await issuer().dismiss(volume.id, node: node, as: credentials, fencer: fencer)
    }

    /// The ids of the volume users that came since this fixture was made.
    func users() throws -> Set<String> { try Self.users(dev, cluster.userPrefix).subtracting(foreignUsers) }

    private static func users(_ dev: DevCluster, _ prefix: String) throws -> Set<String> {
        let list = try JSONValue(parsing: dev.ceph("auth", "ls", "--format", "json"))
        let users = (list["auth_dump"]?.array ?? []).compactMap { $0["entity"]?.string }
        return Set(users.filter { $0.hasPrefix("client.\(prefix)-") }.map { String($0.dropFirst(7)) })
    }

    /// Runs `body` with a mount of `path` by that user.
    @discardableResult
    func mounted<Value: Sendable>(
        _ user: CephCredentials,
        _ path: String,
        _ body: @escaping @Sendable (CephFSMount) throws -> Value
    ) async throws -> Value {
        let key = user.key
        return try await admin.runOnce(dev.settings(root: path, user: user.user, key: key), "as \(user.user)", body)
    }

    func id(_ volume: String, group: String? = nil) throws -> VolumeID {
        try #require(
            VolumeID(
                cluster: cluster.id,
                filesystem: cluster.filesystem,
                group: group ?? cluster.group,
                volume: volume
            )
        )
    }

    func spec(
        _ volume: String,
        bytes: Int64 = 1 << 30,
        properties: VolumeProperties = VolumeProperties(),
        group: String? = nil
    ) throws -> VolumeSpec {
        VolumeSpec(
            id: try id(volume, group: group),
            requestName: volume,
            capacity: try CapacityRange(required: bytes, limit: 0),
            properties: properties
        )
    }

    @discardableResult
    func asAdmin<Value: Sendable>(_ body: @escaping @Sendable (CephFSMount) throws -> Value) async throws -> Value {
        try await admin.run(adminSettings, "admin", body)
    }

    /// Makes a tree as the administrator.
    func sampled(_ tree: SampleTree, _ path: String) async throws {
        try await tree.make(at: path, on: admin, adminSettings)
    }

    func names(_ path: String) async throws -> [String] {
        try await asAdmin { try $0.statusIfPresent(path) == nil ? [] : $0.entries(path).map(\.text) }
    }

    /// Names in staging and trash that belong to volumes of that name.
    func leftovers(of volume: String) async throws -> [String] {
        // On a cluster where nothing was made yet there is neither.
        try await (names("/_staging") + names("/_trash")).filter { $0.contains(volume) }
    }

    func until(_ limit: Duration = .seconds(15), _ condition: () async throws -> Bool) async throws -> Bool {
        let deadline = ContinuousClock.now + limit
        while try await !condition() {
            guard ContinuousClock.now < deadline else { return false }
            try await Task.sleep(for: .milliseconds(20))
        }
        return true
    }

    func end() async throws {
        _ = try await until { backend.trashBacklog == 0 }
        await backend.close()
        let group = cluster.group
        try await asAdmin { try $0.removeTree("/\(group)") }
        await admin.close()
    }
}

struct OneCluster: ClusterDirectory {
    let cluster: Cluster
    var clusterIDs: [String] { [cluster.id] }
    func cluster(_ id: String) -> Cluster? { id == cluster.id ? cluster : nil }
}

/// What the provisioner logged.
final class Log: Sendable {
    private let lines = Mutex<[String]>([])
    var take: CephVolumesLog { { _, line in self.lines.withLock { $0.append(line) } } }
    var text: String { lines.withLock { $0.joined(separator: "\n") } }
}

extension CephFSMount {
    /// An extended attribute of a file; empty when it has none of that name.
    func fileAttribute(_ name: String, of path: String) throws -> String {
        String(decoding: try node(path).attribute(Array(name.utf8)) ?? [], as: UTF8.self)
    }
}
