import Ceph
import Foundation
import JSON
import Testing
import Volumes

@testable import CephVolumes

@Suite("The caps of Ceph's users", .usesCluster) struct CapsTests {
    private let dev: DevCluster
    private let connections = CephConnections(identity: "caps-\(UUID())")

    init() throws {
        dev = try DevCluster()
    }

    /// The dev cluster's two entries.
    private func cluster(_ isBlue: Bool) throws -> Cluster {
        let names = isBlue ? "BLUE_" : ""
        return Cluster(
            id: isBlue ? "blue" : "dev",
            monitors: dev.monitors,
            filesystem: dev.filesystem,
            root: try DevCluster.variable("DEV_CLUSTER_\(names)ROOT"),
            group: try DevCluster.variable("DEV_CLUSTER_\(names)GROUP"),
            userPrefix: try DevCluster.variable("DEV_CLUSTER_\(names)USER_PREFIX")
        )
    }

    private func caps(of user: String) throws -> [String: String] {
        let answer = try JSONValue(parsing: dev.ceph("auth", "get", "client.\(user)", "--format", "json"))
        guard case .object(let caps)? = answer.array?.first?["caps"] else { return [:] }
        return caps.compactMapValues(\.string)
    }

    private func texts(_ caps: CephUserCaps) -> [String: String] {
        Dictionary(uniqueKeysWithValues: caps.pairs.map { ($0.daemon, $0.caps) })
    }

    @Test("the dev cluster's users have exactly the caps that the program recommends")
    func recommended() throws {
        let pool = try DevCluster.variable("DEV_CLUSTER_DATA_POOL")
        for isBlue in [false, true] {
            let cluster = try cluster(isBlue)
            let isolations: Set<Isolation> = isBlue ? [.namespace, .path] : [.namespace]
            let provisioner = CephUserCaps.provisioner(of: cluster, pools: [pool], isolations: isolations)
            let user = try DevCluster.credentials(isBlue ? "BLUE_PROVISIONER" : "PROVISIONER").user
            #expect(try caps(of: user) == texts(provisioner))
            let node = try DevCluster.credentials(isBlue ? "BLUE_NODE" : "NODE").user
            #expect(try caps(of: node) == texts(.node(of: cluster)))
        }
        #expect(try caps(of: DevCluster.credentials("FENCER").user) == texts(.fencer(of: cluster(false))))
    }

    @Test("Ceph parses the caps of every kind of user, with several pools and names full of dots too")
    func accepted() throws {
        let cluster = Cluster(id: "c", monitors: ["h:1"], filesystem: "my.fs", root: "/a.b/c-d", userPrefix: "x.y-z")
        let kinds: [CephUserCaps] = [
            .provisioner(of: cluster, pools: ["one"], isolations: [.namespace]),
            .provisioner(of: cluster, pools: ["one"], isolations: [.path]),
            .provisioner(of: cluster, pools: ["one.data", "two_data"], isolations: [.namespace, .path]),
            .provisioner(of: cluster, pools: ["one", "two"], isolations: [.namespace], adopted: ["old_", "a.b"]),
            .node(of: cluster), .fencer(of: cluster),
            .volume(filesystem: "my.fs", path: "/a.b/c/d/e", pool: "one", namespace: "cephfs-csi-0", readOnly: true),
            .volume(filesystem: "my.fs", path: "/a.b/c/d/e", pool: "one", namespace: "", readOnly: false),
        ]
        for kind in kinds {
            let words = kind.pairs.flatMap { [$0.daemon, $0.caps] }
            let made = try dev.tool("ceph", ["auth", "get-or-create", "client.caps-parsed"] + words)
            #expect(made.status == 0, "\(kind)")
            #expect(try caps(of: "caps-parsed") == texts(kind))
            try dev.ceph("auth", "rm", "client.caps-parsed")
        }
    }

    @Test(
        "a provisioner makes users with the caps of its volumes, of each isolation that it may have",
        arguments: [false, true]
    )
    func mints(_ isBlue: Bool) async throws {
        let cluster = try cluster(isBlue)
        let pool = try DevCluster.variable("DEV_CLUSTER_DATA_POOL")
        let user = "\(cluster.userPrefix)-caps-minted"
        for namespace in isBlue ? ["cephfs-csi-0a", ""] : ["cephfs-csi-0a"] {
            for readOnly in [true, false] {
                let caps = CephUserCaps.volume(
                    filesystem: cluster.filesystem,
                    path: "\(cluster.root)/g/v1/u1",
                    pool: pool,
                    namespace: namespace,
                    readOnly: readOnly
                )
                try await connections.runMonitors(settings(isBlue), "test") { rados in
                    let key = try rados.makeUser(user, caps: caps.pairs)
                    #expect(try rados.makeUser(user, caps: caps.pairs) == key)
                    try rados.removeUser(user)
                }
            }
        }
        await connections.close()
    }

    private func settings(_ isBlue: Bool) throws -> CephSettings {
        let credentials = try DevCluster.credentials(isBlue ? "BLUE_PROVISIONER" : "PROVISIONER")
        return dev.settings(user: credentials.user, key: credentials.key)
    }

    /// Placeholders, with the users that they name.
    private func escalations(_ isBlue: Bool) throws -> Escalations {
        let cluster = try cluster(isBlue)
        let foreign = try self.cluster(!isBlue).userPrefix + "-foreign"
        let own = cluster.userPrefix + "-own"
        for user in [own, foreign] { try dev.ceph("auth", "get-or-create", "client.\(user)", "mon", "allow r") }
        return Escalations(values: [
            "fs": cluster.filesystem, "root": cluster.root, "group": cluster.group,
            "pool": try DevCluster.variable("DEV_CLUSTER_DATA_POOL"), "prefix": cluster.userPrefix,
            "self": try settings(isBlue).user, "own": own, "foreign": foreign,
        ])
    }

    private func removeUsers(of escalations: Escalations) throws {
        for name in ["own", "foreign"] { try dev.ceph("auth", "rm", escalations.filled("client.{\(name)}")) }
    }

    private static let making = ["auth get-or-create", "auth get-or-create-key", "auth add", "auth caps"]

    @Test("no user but a volume's can be made, by any command, and no existing one changed", arguments: [false, true])
    func refusedMints(_ isBlue: Bool) async throws {
        #expect(Escalations.mints.count > 50)
        let table = try escalations(isBlue)
        let before = try dev.ceph("auth", "ls", "--format", "json")
        for attempt in Escalations.mints where !isBlue || attempt.isolation == nil {
            var caps: [String: String?] = [
                "mon": "allow r fsname={fs}", "mds": "allow rw fsname={fs} path={root}/{group}/v1/u1",
                "osd": "allow rw pool={pool} namespace=cephfs-csi-0a", "mgr": "allow command noop",
            ]
            caps.merge(attempt.caps) { $1 }
            let words = caps.sorted { $0.key < $1.key }.flatMap { caps in
                caps.value.map { [JSONValue.string(caps.key), .string(table.filled($0))] } ?? []
            }
            let entity = table.filled(attempt.entity ?? "client.{prefix}-x")
            for prefix in Self.making {
                let command = MonCommand(prefix, ["entity": .string(entity), "caps": .array(words)])
                try await expectRefused(command, attempt.name, isBlue)
            }
        }
        #expect(try dev.ceph("auth", "ls", "--format", "json") == before)
        try removeUsers(of: table)
        await connections.close()
    }

    @Test("commands that nobody needs to make volumes are refused", arguments: [false, true])
    func refusedCommands(_ isBlue: Bool) async throws {
        #expect(Escalations.commands.count > 35)
        let table = try escalations(isBlue)
        let before = try dev.ceph("auth", "ls", "--format", "json")
        for attempt in Escalations.commands {
            let command = MonCommand(attempt.prefix, attempt.arguments.mapValues(table.filled))
            try await expectRefused(command, attempt.name, isBlue)
        }
        #expect(try dev.ceph("auth", "ls", "--format", "json") == before)
        try removeUsers(of: table)
        await connections.close()
    }

    private func expectRefused(_ command: MonCommand, _ name: String, _ isBlue: Bool) async throws {
        do {
            try await connections.runMonitors(settings(isBlue), "test") { _ = try $0.send(command) }
            Issue.record("\(name): \(command.prefix) was accepted")
        } catch let error as CephError {
            // Commands of other releases are not known: refused as well.
            #expect(error.code == EACCES || error.code == EINVAL && error.path == "auth print_key", "\(name): \(error)")
        }
    }

    @Test("managers, metadata servers and OSDs take no command from a provisioner", arguments: Escalations.tools)
    func refusedTools(_ attempt: Escalations.Tool) throws {
        #expect(Escalations.tools.count > 5)
        let table = Escalations(values: ["fs": dev.filesystem, "group": try DevCluster.variable("DEV_CLUSTER_GROUP")])
        let file = try DevCluster.variable("DEV_CLUSTER_PROVISIONER_KEY_FILE")
        let result = try dev.tool("ceph", attempt.arguments.map(table.filled), as: (dev.provisioner, file))
        #expect(result.status == EACCES, "\(attempt.name): status \(result.status)")
    }

    @Test("two provisioners with two prefixes can neither read nor remove each other's users")
    func apart() async throws {
        for isBlue in [false, true] {
            let own = try cluster(isBlue).userPrefix + "-apart"
            let other = try cluster(!isBlue).userPrefix + "-apart"
            for user in [own, other] { try dev.ceph("auth", "get-or-create", "client.\(user)", "mon", "allow r") }
            try await connections.runMonitors(settings(isBlue), "test") { rados in
                #expect(try rados.hasUser(own))
                #expect(throws: CephError.self) { try rados.hasUser(other) }
                #expect(throws: CephError.self) { try rados.removeUser(other) }
                try rados.removeUser(own)
                #expect(try !rados.hasUser(own))
            }
            #expect(try !caps(of: other).isEmpty)
            try dev.ceph("auth", "rm", "client.\(other)")
        }
        await connections.close()
    }
}
