import Ceph
import Cryptography
import Foundation
import JSON
import Synchronization
import Testing

@Suite("Connections", .usesCluster) struct ConnectionsTests {
    let cluster: DevCluster

    init() throws {
        cluster = try DevCluster()
    }

    func until(_ limit: Duration = .seconds(10), _ condition: () -> Bool) async throws -> Bool {
        let deadline = ContinuousClock.now + limit
        while !condition() {
            guard ContinuousClock.now < deadline else { return false }
            try await Task.sleep(for: .milliseconds(10))
        }
        return true
    }

    @Test("any number of first callers share one mount")
    func oneMount() async throws {
        let connections = CephConnections(identity: "one-mount")
        let settings = cluster.settings()
        let ids = try await withThrowingTaskGroup(of: UInt64.self) { group in
            for _ in 0..<64 { group.addTask { try await connections.run(settings, "test") { $0.id } } }
            return try await group.reduce(into: Set()) { $0.insert($1) }
        }
        #expect(ids.count == 1)
        #expect(connections.mounted == 1)
        await connections.close()
    }

    @Test("those who wait for an attempt to connect share its failure")
    func sharedFailure() async throws {
        let connections = CephConnections(identity: "shared-failure")
        let settings = cluster.settings(monitors: ["127.0.0.1:9"], timeoutSeconds: 1)
        let start = ContinuousClock.now
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<20 {
                group.addTask {
                    await #expect(throws: CephError.self) { try await connections.run(settings, "test") { _ in } }
                }
            }
        }
        // One after the other they would take 20 s.
        #expect(start.duration(to: .now) < .seconds(5))
    }

    @Test("users have connections of their own, and so do keys")
    func separate() async throws {
        let connections = CephConnections(identity: "separate")
        let first = try await connections.run(cluster.settings(), "test") { $0.id }
        let wrong = cluster.settings(key: Secret("AQBfX19fX19fXxAAbm90IHRoZSByZWFsIGtleQ=="))
        await #expect(throws: CephError.self) { try await connections.run(wrong, "test") { _ in } }
        let node = try DevCluster.variable("DEV_CLUSTER_NODE_ID")
        let keyFile = try DevCluster.variable("DEV_CLUSTER_NODE_KEY_FILE")
        let key = try String(contentsOfFile: keyFile, encoding: .utf8).trimmingCharacters(in: .whitespacesAndNewlines)
        try await connections.run(cluster.settings(), "test") { try $0.makeDirectoryIfMissing("/csi", mode: 0o711) }
        let settings = cluster.settings(root: "/volumes/csi", user: node, key: Secret(key))
        let second = try await connections.run(settings, "test") { $0.id }
        #expect(first != second)
        await connections.close()
    }

    @Test("an idle connection is unmounted, and the next call makes a new one")
    func idle() async throws {
        var options = CephConnections.Options()
        options.idleTimeout = .milliseconds(300)
        let connections = CephConnections(identity: "idle", options: options)
        let first = try await connections.run(cluster.settings(), "test") { $0.id }
        #expect(try await until { connections.mounted == 0 })
        let second = try await connections.run(cluster.settings(), "test") { $0.id }
        #expect(first != second)
        await connections.close()
        #expect(try sessions(of: "idle").isEmpty)
    }

    @Test("a call that runs longer than the idle time keeps its connection")
    func busyIsNotIdle() async throws {
        var options = CephConnections.Options()
        options.idleTimeout = .milliseconds(50)
        let connections = CephConnections(identity: "busy", options: options)
        let names = try await connections.run(cluster.settings(), "test") { mount in
            Thread.sleep(forTimeInterval: 0.4)
            return try mount.entries("/").count
        }
        #expect(names >= 0)
        #expect(connections.mounted <= 1)
        await connections.close()
    }

    @Test("at the limit the connection that was idle longest gives way")
    func limit() async throws {
        var options = CephConnections.Options()
        options.limit = 1
        let connections = CephConnections(identity: "limit", options: options)
        try await connections.run(cluster.settings(), "test") { try $0.makeDirectoryIfMissing("/csi", mode: 0o711) }
        _ = try await connections.run(cluster.settings(root: "/volumes/csi"), "test") { $0.id }
        #expect(connections.mounted == 1)
        await connections.close()
    }

    @Test("wrong keys, one after the other and many at once, never push out a connection that works")
    func wrongKeys() async throws {
        var options = CephConnections.Options()
        options.limit = 2
        let connections = CephConnections(identity: "wrong-keys", options: options)
        let good = cluster.settings()
        let first = try await connections.run(good, "test") { $0.id }
        let user = cluster.settings().user
        for number in 0..<20 {
            let wrong = cluster.settings(user: number % 2 == 0 ? user : "nobody-\(number)", key: Self.wrongKey(number))
            await #expect(throws: CephError.self) { try await connections.run(wrong, "test") { _ in } }
        }
        #expect(try await connections.run(good, "test") { $0.id } == first)
        let stop = Counter()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for attacker in 1...20 {
                group.addTask { [self] in
                    var number = 0
                    while stop.value == 0 {
                        number += 1
                        let wrong = cluster.settings(user: user, key: Self.wrongKey(attacker * 10_000 + number))
                        _ = try? await connections.run(wrong, "test") { _ in }
                    }
                }
            }
            defer { stop.increment() }
            for _ in 0..<200 {
                let id = try await connections.run(good, "test") { $0.id }
                #expect(id == first)
            }
        }
        // Nothing is left of those that failed.
        #expect(try await until { connections.users == 1 })
        await connections.close()
    }

    @Test("wrong keys do not keep a good user from connecting")
    func wrongKeysBeforeTheGoodOne() async throws {
        let connections = CephConnections(identity: "wrong-keys-first")
        let good = cluster.settings()
        let stop = Counter()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for attacker in 1...20 {
                group.addTask { [self] in
                    var number = 0
                    while stop.value == 0 {
                        number += 1
                        let wrong = cluster.settings(user: good.user, key: Self.wrongKey(attacker * 10_000 + number))
                        _ = try? await connections.run(wrong, "test") { _ in }
                    }
                }
            }
            try await Task.sleep(for: .milliseconds(200))
            defer { stop.increment() }
            _ = try await connections.run(good, "test") { $0.id }
        }
        await connections.close()
    }

    /// A well-formed key that is nobody's.
    static func wrongKey(_ number: Int) -> Secret {
        let secret = (0..<16).map { UInt8(truncatingIfNeeded: number >> (8 * ($0 % 4))) }
        let bytes: [UInt8] = [1, 0] + [UInt8](repeating: 17, count: 8) + [16, 0] + secret
        return Secret(Data(bytes).base64EncodedString())
    }

    @Test("closing unmounts soon, and nothing connects again behind its back")
    func closing() async throws {
        let connections = CephConnections(identity: "closing")
        try await connections.run(cluster.settings(), "test") { mount in
            try mount.makeDirectoryIfMissing("/closing", mode: 0o700)
            try mount.removeDirectory("/closing")
        }
        let start = ContinuousClock.now
        await connections.close(patience: .seconds(20))
        #expect(start.duration(to: .now) < .seconds(3))
        #expect(try sessions(of: "closing").isEmpty)
        let error = await #expect(throws: CephError.self) {
            try await connections.run(cluster.settings(), "test") { _ in }
        }
        #expect(error?.code == ECANCELED)
    }

    @Test("an evicted client is replaced within the call that finds out")
    func evicted() async throws {
        let connections = CephConnections(identity: "evicted")
        let first = try await connections.run(cluster.settings(), "test") { $0.id }
        let session = try #require(try sessions(of: "evicted").first)
        try cluster.ceph("tell", "mds.*", "session", "evict", "id=\(session)")
        let second = try await connections.run(cluster.settings(), "test") { mount in
            _ = try mount.entries("/")
            try mount.makeDirectoryIfMissing("/evicted-test", mode: 0o700)
            try mount.removeDirectory("/evicted-test")
            return mount.id
        }
        #expect(first != second)
        await connections.close()
    }

    @Test("a process of the same identity takes over at once what a killed one held")
    func reclaim() async throws {
        // The predecessor is never closed: as for the MDS, it was killed.
        let killed = CephConnections(identity: "reclaim")
        let gone = try await killed.run(cluster.settings(), "test") { mount in
            try mount.makeDirectoryIfMissing("/reclaim-test", mode: 0o700)
            return mount.id
        }
        let before = try sessions(of: "reclaim")
        let successor = CephConnections(identity: "reclaim")
        let start = ContinuousClock.now
        try await successor.run(cluster.settings(), "test") { try $0.removeDirectory("/reclaim-test") }
        #expect(start.duration(to: .now) < .seconds(5))
        let after = try sessions(of: "reclaim")
        #expect(before.count == 1 && after.count == 1 && before != after)
        await successor.close()
        // What was killed finds itself evicted, and recovers.
        let back = try await killed.run(cluster.settings(), "test") { mount in
            _ = try mount.entries("/")
            try mount.makeDirectoryIfMissing("/reclaim-test", mode: 0o700)
            try mount.removeDirectory("/reclaim-test")
            return mount.id
        }
        #expect(back != gone)
        await killed.close()
    }
}

/// A counter that threads share.
final class Counter: Sendable {
    private let state = Mutex(0)

    var value: Int { state.withLock { $0 } }
    func increment() { state.withLock { $0 += 1 } }
}
