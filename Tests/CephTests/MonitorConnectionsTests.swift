import Ceph
import Cryptography
import Foundation
import FrozenProcesses
import Testing

@Suite("Kept connections to the monitors", .usesCluster) struct MonitorConnectionsTests {
    private let cluster: DevCluster

    init() throws {
        cluster = try DevCluster()
    }

    private func identity(_ connections: CephConnections, _ settings: CephSettings) async throws -> ObjectIdentifier {
        try await connections.runMonitors(settings, "test") { ObjectIdentifier($0) }
    }

    @Test("any number of callers share one connection, which stays for the next; users have their own")
    func shared() async throws {
        let connections = CephConnections(identity: "monitors")
        let settings = cluster.settings()
        let seen = try await withThrowingTaskGroup(of: ObjectIdentifier.self) { group in
            for _ in 0..<32 {
                group.addTask {
                    try await connections.runMonitors(settings, "test") { rados in
                        _ = try rados.fileSystems()
                        return ObjectIdentifier(rados)
                    }
                }
            }
            return try await group.reduce(into: Set()) { $0.insert($1) }
        }
        #expect(seen.count == 1)
        #expect(try await seen.contains(identity(connections, settings)))
        let wrong = cluster.settings(key: Secret("AQBfX19fX19fXxAAbm90IHRoZSByZWFsIGtleQ=="))
        let error = await #expect(throws: CephError.self) { try await identity(connections, wrong) }
        #expect(error?.code == EACCES)
        await connections.close()
        let closed = await #expect(throws: CephError.self) { try await identity(connections, settings) }
        #expect(closed?.code == ECANCELED)
    }

    @Test("a refused command has the connection replaced, for rights come with it, but not twice within two seconds")
    func refused() async throws {
        let connections = CephConnections(identity: "monitors-refused")
        let settings = cluster.settings()
        func refuse() async throws {
            let error = await #expect(throws: CephError.self) {
                try await connections.runMonitors(settings, "test") { _ = try $0.send(MonCommand("auth ls")) }
            }
            #expect(error?.code == EACCES)
        }
        let first = try await connections.runMonitors(settings, "test") { $0 }
        let start = ContinuousClock.now
        try await refuse()
        let second = try await connections.runMonitors(settings, "test") { $0 }
        #expect(second !== first)
        try await refuse()
        let third = try await connections.runMonitors(settings, "test") { $0 }
        if start.duration(to: .now) < .seconds(2) { #expect(third === second) }
        try await Task.sleep(for: .seconds(2))
        try await refuse()
        try await connections.runMonitors(settings, "test") { #expect($0 !== third) }
        await connections.close()
    }

    @Test("a connection on which a command timed out is replaced")
    func replaced() async throws {
        let connections = CephConnections(identity: "monitors-replaced")
        let settings = cluster.settings(timeoutSeconds: 1)
        let first = try await connections.runMonitors(settings, "test") { $0 }
        let monitor = try #require(pid_t(DevCluster.variable("DEV_CLUSTER_MON_PID")))
        try await FrozenProcess.freeze(monitor, "the monitor of DEV_CLUSTER_MON_PID")
        let error = await #expect(throws: CephError.self) {
            try await connections.runMonitors(settings, "test") { _ = try $0.fileSystems() }
        }
        kill(monitor, SIGCONT)
        #expect(error?.code == ETIMEDOUT)
        var isAnswered = false
        for _ in 0..<10 where !isAnswered {
            let next = try? await connections.runMonitors(settings, "test") { rados in
                _ = try rados.fileSystems()
                return rados
            }
            isAnswered = next.map { $0 !== first } ?? false
        }
        #expect(isAnswered)
        await connections.close()
    }

    @Test("one that is idle is ended, and the next call connects again")
    func idle() async throws {
        var options = CephConnections.Options()
        options.idleTimeout = .milliseconds(200)
        let connections = CephConnections(identity: "monitors-idle", options: options)
        weak var first: Rados?
        first = try await connections.runMonitors(cluster.settings(), "test") { $0 }
        #expect(first != nil)
        let deadline = ContinuousClock.now + .seconds(5)
        while first != nil, ContinuousClock.now < deadline { try await Task.sleep(for: .milliseconds(20)) }
        #expect(first == nil)
        let names = try await connections.runMonitors(cluster.settings(), "test") { try $0.fileSystems() }
        #expect(names == [cluster.filesystem])
        await connections.close()
    }
}
