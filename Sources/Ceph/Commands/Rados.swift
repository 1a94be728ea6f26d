import CCeph
import Glibc

/// A connection to a cluster's monitors by librados. Blocks; for threads of ``CephConnections`` only.
///
/// Every call returns ETIMEDOUT after the settings' timeout when no monitor answers. Owns the handle; ending it blocks
/// too, so the last reference goes on such a thread. Any number of threads may use one handle (librados.h).
public final class Rados: @unchecked Sendable {
    private let handle: rados_t

    /// Connects (rados_create, rados_conf_set, rados_connect).
    ///
    /// - Throws: ``CephError``: EACCES wrong key or unknown user, ETIMEDOUT no monitor answers.
    public init(_ settings: CephSettings) throws {
        try CephError.requireRados()
        try settings.validate(for: .installed())
        var created: rados_t?
        try CephError.check(rados_create(&created, settings.user), "rados_create")
        guard let handle = created else { throw CephError(call: "rados_create", code: ENOMEM) }
        do {
            try CephSettings.apply(settings.options(), "rados_conf_set") { rados_conf_set(handle, $0, $1) }
            try CephError.check(rados_connect(handle), "rados_connect")
            try Self.check(handle, isOf: settings)
        } catch {
            rados_shutdown(handle)
            throw error
        }
        self.handle = handle
    }

    private static func check(_ handle: rados_t, isOf settings: CephSettings) throws {
        guard let expected = settings.fsid else { return }
        var buffer = [CChar](repeating: 0, count: 64)
        let length = rados_cluster_fsid(handle, &buffer, buffer.count)
        try CephError.check(length, "rados_cluster_fsid")
        let found = String(decoding: buffer.prefix(Int(length)).map(UInt8.init(bitPattern:)), as: UTF8.self)
        try CephError.check(found, is: expected)
    }

    deinit {
        rados_shutdown(handle)
    }

    /// Sends a command to the monitors and returns its output (rados_mon_command).
    ///
    /// - Throws: ``CephError`` with what the monitor said as its detail; EACCES when the user may not send it.
    public func send(_ command: MonCommand) throws -> String {
        var output: UnsafeMutablePointer<CChar>?
        var outputCount = 0
        var status: UnsafeMutablePointer<CChar>?
        var statusCount = 0
        let result = command.json.withCString { text in
            var commands: [UnsafePointer<CChar>?] = [text]
            return rados_mon_command(handle, &commands, 1, nil, 0, &output, &outputCount, &status, &statusCount)
        }
        defer {
            rados_buffer_free(output)
            rados_buffer_free(status)
        }
        guard result >= 0 else {
            let detail = statusCount > 0 ? Self.text(status, statusCount) : nil
            throw CephError(call: "rados_mon_command", code: result, path: command.prefix, detail: detail)
        }
        return Self.text(output, outputCount)
    }

    static func text(_ start: UnsafeMutablePointer<CChar>?, _ count: Int) -> String {
        let bytes = UnsafeBufferPointer(start: start, count: start == nil ? 0 : count)
        return String(decoding: bytes.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
