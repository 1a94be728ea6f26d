import CCeph
import Glibc
import JSON

/// A connection for commands to metadata servers (`ceph tell mds`), by libcephfs without a mount. Its user needs
/// `mds 'allow *'`. Blocks, without limit when an MDS hangs; for threads of ``CephConnections`` only. Owns the handle.
public final class MDSCommands {
    private let handle: OpaquePointer
    private let filesystem: String

    /// Connects: ceph_create, ceph_conf_set, ceph_init.
    ///
    /// - Throws: ``CephError``: EACCES wrong key or unknown user, ETIMEDOUT no monitor answers.
    public init(_ settings: CephSettings) throws {
        try settings.validate(for: .installed())
        var created: OpaquePointer?
        try CephError.check(ceph_create(&created, settings.user), "ceph_create")
        guard let handle = created else { throw CephError(call: "ceph_create", code: ENOMEM) }
        do {
            try CephSettings.apply(settings.options(), "ceph_conf_set") { ceph_conf_set(handle, $0, $1) }
            try CephError.check(ceph_init(handle), "ceph_init")
        } catch {
            ceph_release(handle)
            throw error
        }
        self.handle = handle
        filesystem = settings.filesystem
    }

    deinit {
        ceph_release(handle)
    }

    /// The ids of a user's sessions at one rank (`session ls`).
    ///
    /// - Parameter user: its id without `client.`.
    public func sessions(of user: String, rank: Int64) throws -> [Int64] {
        let answer = try JSONValue(parsing: send(MonCommand("session ls"), to: rank))
        let own = (answer.array ?? []).filter { $0["client_metadata"]?["entity_id"]?.string == user }
        return own.compactMap { $0["id"]?.integer }
    }

    /// Ends sessions at one rank and has the OSDs refuse their clients (`session evict`); one that is gone is no error.
    public func evict(_ sessions: [Int64], rank: Int64) throws {
        for session in sessions {
            do {
                _ = try send(MonCommand("session evict", ["filters": .array([.string("id=\(session)")])]), to: rank)
            } catch let error as CephError where error.code == ENOENT || error.code == ESRCH {
                // It ended by itself.
            }
        }
    }

    /// Sends a command to the MDS of a rank and returns its output.
    func send(_ command: MonCommand, to rank: Int64) throws -> String {
        try send(command, target: "\(filesystem):\(rank)")
    }

    /// Sends a command to an MDS and returns its output (ceph_mds_command).
    ///
    /// - Parameter target: `<file system>:<rank>`, or the daemon's global id.
    func send(_ command: MonCommand, target: String) throws -> String {
        var output: UnsafeMutablePointer<CChar>?
        var outputCount = 0
        var status: UnsafeMutablePointer<CChar>?
        var statusCount = 0
        let result = command.json.withCString { text in
            var commands: [UnsafePointer<CChar>?] = [text]
            return ceph_mds_command(
                handle,
                target,
                &commands,
                1,
                nil,
                0,
                &output,
                &outputCount,
                &status,
                &statusCount
            )
        }
        defer {
            ceph_buffer_free(output)
            ceph_buffer_free(status)
        }
        guard result >= 0 else {
            let detail = statusCount > 0 ? Rados.text(status, statusCount) : nil
            throw CephError(call: "ceph_mds_command", code: result, path: command.prefix, detail: detail)
        }
        return Rados.text(output, outputCount)
    }
}
