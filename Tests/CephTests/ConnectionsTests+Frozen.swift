import Ceph
import Cryptography
import Foundation
import JSON
import Synchronization
import Testing

extension ConnectionsTests {
    @Test("a call that waits is no hang while another thread is free")
    func oneCallWaits() async throws {
        var options = CephConnections.Options()
        options.threads = 2
        options.patience = .milliseconds(200)
        let connections = CephConnections(identity: "one-waits", options: options)
        let settings = cluster.settings()
        try await connections.run(settings, "test") { try $0.makeDirectoryIfMissing("/one-waits", mode: 0o700) }
        let waiting = try await cluster.withFrozenMDS {
            let waiting = Task {
                try await connections.run(settings, "waiting") { mount in
                    try mount.makeDirectoryIfMissing("/one-waits/a", mode: 0o700)
                }
            }
            try await Task.sleep(for: .milliseconds(800))
            #expect(connections.hang == nil)
            return waiting
        }
        _ = try await waiting.value
        try await connections.run(settings, "test") { try $0.removeTree("/one-waits") }
        await connections.close()
    }

    @Test("with the MDS frozen calls end with their tasks, threads stay bounded, and all is well afterwards")
    func frozen() async throws {
        var options = CephConnections.Options()
        options.threads = 4
        options.patience = .milliseconds(300)
        let connections = CephConnections(identity: "frozen", options: options)
        let settings = cluster.settings()
        try await connections.run(settings, "test") { try $0.makeDirectoryIfMissing("/frozen", mode: 0o700) }
        #expect(connections.hang == nil)
        let finished = Counter()
        try await cluster.withFrozenMDS {
            await withTaskGroup(of: Void.self) { group in
                for number in 0..<12 {
                    group.addTask {
                        let call = Task {
                            try await connections.run(settings, "making a directory") { mount in
                                try mount.makeDirectoryIfMissing("/frozen/\(number)", mode: 0o700)
                                finished.increment()
                            }
                        }
                        try? await Task.sleep(for: .milliseconds(500))
                        let start = ContinuousClock.now
                        call.cancel()
                        await #expect(throws: CancellationError.self) { try await call.value }
                        #expect(start.duration(to: .now) < .milliseconds(300))
                    }
                }
            }
            #expect(connections.hang?.label == "making a directory")
            #expect(finished.value == 0)
        }
        // The four that had begun go on, the eight that waited were dropped.
        #expect(try await until { finished.value == 4 })
        #expect(connections.hang == nil)
        try await connections.run(settings, "test") { try $0.removeTree("/frozen") }
        await connections.close()
    }

    /// Ids of the sessions whose name holds the identity.
    func sessions(of identity: String) throws -> [Int64] {
        let list = try JSONValue(parsing: cluster.ceph("tell", "mds.*", "session", "ls", "--format", "json"))
        let ranks = list.array.map { [$0] } ?? []
        return ranks.joined().filter {
            ($0["client_metadata"]?["uuid"]?.string ?? "").contains("cephfs-csi:\(identity):")
        }.compactMap { $0["id"]?.integer }
    }
}
