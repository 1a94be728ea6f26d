import Glibc
import System

extension CephConnections {
    /// How often it is asked whether the servers that a command went to are still there.
    private static let interval = Duration.seconds(2)

    /// Runs `body` on a thread with a connection to the metadata servers' commands that ends afterwards.
    ///
    /// A command to a server that dies never returns: libcephfs without a mount is not told that the server is gone. So the
    /// servers are watched, and if one disappears the call fails; its thread is abandoned.
    ///
    /// - Throws: what `body` throws; ``CephError`` ETIMEDOUT when a server that was active has gone since.
    public func runMDSCommands<Value: Sendable>(
        _ settings: CephSettings,
        _ label: String,
        _ body: @escaping @Sendable (MDSCommands) throws -> Value
    ) async throws -> Value {
        let servers = try await servers(settings)
        return try await withThrowingTaskGroup(of: Value.self) { group in
            group.addTask { [pool = commands[settings.cluster]] in
                try await pool.run(label) { try body(MDSCommands(settings)) }
            }
            group.addTask { [self] in
                while true {
                    try await Task.sleep(for: Self.interval)
                    // Monitors that do not answer say nothing about the servers.
                    guard let now = try? await self.servers(settings) else { continue }
                    if !servers.isSubset(of: now) {
                        throw CephError(
                            call: "ceph_mds_command",
                            code: ETIMEDOUT,
                            detail: "a metadata server ended during the command: retry"
                        )
                    }
                }
            }
            defer { group.cancelAll() }
            guard let value = try await group.next() else { throw CancellationError() }
            return value
        }
    }

    /// The global ids of the file system's active metadata servers.
    private func servers(_ settings: CephSettings) async throws -> Set<Int64> {
        try await runMonitors(settings, "looking for metadata servers") { rados in
            try rados.servers(of: settings.filesystem)
        }
    }
}
