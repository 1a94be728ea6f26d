import Ceph
import Cryptography
import Foundation
import Testing

@Suite("Connecting", .usesCluster) struct ConnectingTests {
    private let cluster: DevCluster
    private let connections = CephConnections(identity: "connecting-tests")

    init() throws {
        cluster = try DevCluster()
    }

    /// One way to fail, and the errno that libcephfs has for it.
    struct Refusal: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let errno: Int32
        let change: @Sendable (inout CephSettings) -> Void
    }

    static let refusals = [
        Refusal(testDescription: "wrong key", errno: EACCES) {
            $0.key = Secret("AQBfX19fX19fXxAAbm90IHRoZSByZWFsIGtleQ==")
        },
        Refusal(testDescription: "unknown user", errno: EACCES) { $0.user = "nobody-knows-me" },
        Refusal(testDescription: "root outside the caps", errno: EPERM) { $0.root = "/tenants/blue" },
        Refusal(testDescription: "missing directory inside the caps", errno: ENOENT) { $0.root = "/volumes/missing" },
        Refusal(testDescription: "unknown file system", errno: ENOENT) { $0.filesystem = "missing" },
        Refusal(testDescription: "malformed key", errno: EINVAL) { $0.key = Secret("not base64 at all") },
        Refusal(testDescription: "unresolvable monitor", errno: CephError.unresolved) {
            $0.monitors = ["no.such.host.invalid:6789"]
        },
        Refusal(testDescription: "another cluster's id", errno: CephError.otherCluster) {
            $0.fsid = "00000000-0000-0000-0000-000000000000"
        },
        Refusal(testDescription: "dead monitor", errno: ETIMEDOUT) {
            $0.monitors = ["127.0.0.1:9"]
            $0.timeoutSeconds = 1
        },
        Refusal(testDescription: "the file system's root", errno: EPERM) { $0.root = "/" },
        Refusal(testDescription: "the file system's root, doubled", errno: EPERM) { $0.root = "//" },
        Refusal(testDescription: "the file system's root, by dots", errno: EPERM) { $0.root = "/volumes/.." },
    ]

    @Test("each refusal has the errno that errors are told apart by", arguments: refusals)
    func refused(_ refusal: Refusal) async throws {
        var settings = cluster.settings()
        refusal.change(&settings)
        let error = await #expect(throws: CephError.self) {
            try await connections.run(settings, "test") { _ in }
        }
        #expect(error?.code == refusal.errno, "\(error.map { "\($0)" } ?? "")")
        #expect(connections.mounted == 0)
    }

    @Test("an error never holds the key")
    func noKeyInErrors() async throws {
        let secret = "AQBfX19fX19fXxAAbm90IHRoZSByZWFsIGtleQ=="
        let settings = cluster.settings(key: Secret(secret))
        let error = await #expect(throws: CephError.self) {
            try await connections.run(settings, "test") { _ in }
        }
        #expect(!"\(String(reflecting: error))".contains(secret))
        var dumped = ""
        dump(settings, to: &dumped)
        #expect(!dumped.contains(secret) && !"\(settings)".contains(secret))
    }

    @Test("the provisioner's user sees nothing outside its root")
    func confined() async throws {
        try await connections.run(cluster.settings(), "test") { mount in
            for upwards in ["/..", "/../../tenants"] {
                let error = #expect(throws: CephError.self) { try mount.status(upwards) }
                #expect(error?.code == EINVAL, "\(upwards)")
            }
        }
        await #expect(throws: CephError.self) {
            try await connections.run(cluster.settings(root: "/tenants"), "test") { _ in }
        }
    }

    @Test("one name of several without an address, a name for all, and the cluster's own id are no failure")
    func names() async throws {
        let port = try #require(cluster.monitors.first?.split(separator: ":").last)
        for monitors in [
            ["no.such.host.invalid:6789"] + cluster.monitors, cluster.monitors + ["no.such.host.invalid:3300"],
            ["[v2:no.such.host.invalid:3300,v1:no.such.host.invalid:6789]"] + cluster.monitors, ["localhost:\(port)"],
        ] {
            // Of its own, for a name has few sessions at a time.
            let connections = CephConnections(identity: "names-\(monitors.joined())")
            var settings = cluster.settings()
            settings.monitors = monitors
            settings.fsid = ProcessInfo.processInfo.environment["DEV_CLUSTER_FSID"]
            #expect(settings.fsid?.utf8.count == 36)
            try await connections.run(settings, "test") { mount in _ = try mount.entries("/") }
            try await connections.runRados(settings, "test") { _ = try $0.fileSystems() }
            settings.fsid = "00000000-0000-0000-0000-000000000000"
            let other = settings
            let error = await #expect(throws: CephError.self) {
                try await connections.runRados(other, "test") { _ = try $0.fileSystems() }
            }
            #expect(error?.code == CephError.otherCluster)
        }
    }

    @Test("the monitors list the file systems that the user may see")
    func fileSystems() async throws {
        let names = try await connections.runRados(cluster.settings(), "test") { try $0.fileSystems() }
        #expect(names == [cluster.filesystem])
    }

    @Test("a command that the user may not send is refused with EACCES")
    func refusedCommand() async throws {
        let error = await #expect(throws: CephError.self) {
            try await connections.runRados(cluster.settings(), "test") { rados in
                try rados.send(MonCommand("auth ls"))
            }
        }
        #expect(error?.code == EACCES)
    }

    @Test("a dead monitor ends a command with ETIMEDOUT after the timeout")
    func deadMonitor() async throws {
        let settings = cluster.settings(monitors: ["127.0.0.1:9"], timeoutSeconds: 1)
        let start = ContinuousClock.now
        let error = await #expect(throws: CephError.self) {
            try await connections.runRados(settings, "test") { _ in }
        }
        #expect(error?.code == ETIMEDOUT)
        #expect(start.duration(to: .now) < .seconds(4))
    }
}
