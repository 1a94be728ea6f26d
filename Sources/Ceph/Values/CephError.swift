import Bytes
import CCeph
import Glibc

/// A call of libcephfs or librados that failed: which, with what errno, on what.
///
/// What an errno means depends on the call; whoever made the call decides. Never carries a secret.
public struct CephError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The C function, `ceph_mkdir` for example.
    public let call: String
    /// The errno, positive (`ENOENT`, …).
    public let code: Int32
    /// The path on the file system, from its root, where the call has one; the attribute's name after a space.
    public let path: String?
    /// What the library said besides, where it said something.
    public let detail: String?

    /// Joins the parts; the sign of `code` does not matter, the libraries return negative errnos.
    public init(call: String, code: Int32, path: String? = nil, detail: String? = nil) {
        self.call = call
        self.code = code.magnitude <= UInt32(Int32.max) ? Int32(code.magnitude) : EIO
        self.path = path
        self.detail = detail
    }

    /// The call, the path, the errno in words and the detail.
    public var description: String {
        let place = path.map { " \($0)" } ?? ""
        let more = detail.map { " (\($0))" } ?? ""
        return "\(call)\(place): \(Self.words(for: code))\(more)"
    }

    /// Whether the connection is gone for good and a new one may work: the client was evicted or blocklisted
    /// (EBLOCKLISTED is ESHUTDOWN on Linux), or unmounted by the library.
    public var isConnectionLost: Bool { code == ESHUTDOWN || code == ENOTCONN }

    /// Whether a new connection may do what this one could not. A connection has the rights that its user had when it was made,
    /// for up to an hour (they are in its tickets), and knows the root by its inode, whatever is at its path by now.
    public var mayBeStale: Bool { [EPERM, EACCES, ENOENT, ESTALE].contains(code) }

    /// strerror(3); glibc's is thread-safe since 2.32.
    static func words(for code: Int32) -> String { String(cString: strerror(code)) }
}

extension CephError {
    /// The code of what says that no monitor's name has an address (EADDRNOTAVAIL, which the libraries have no use for).
    public static let unresolved = EADDRNOTAVAIL
    /// The code of what says that another cluster answers than is meant (EREMCHG, likewise). The detail is that one's id.
    public static let otherCluster = EREMCHG

    /// Refuses a cluster of another id.
    static func check(_ found: String, is expected: String) throws(CephError) {
        guard found.isSame(as: expected) else {
            throw CephError(call: "connecting", code: otherCluster, detail: found)
        }
    }

    /// The code of what says that the client library can't use a user's kind of key (EKEYREJECTED, which Ceph has no use
    /// for).
    public static let keyKindUnknown = EKEYREJECTED

    /// Whether ``code`` says that a C library is not installed.
    public var isLibraryMissing: Bool { code == ELIBACC }

    /// Loads libcephfs, once a process.
    ///
    /// - Throws: ``CephError`` with ELIBACC, naming the Debian package.
    public static func requireCephFS() throws {
        var reason: UnsafePointer<CChar>?
        guard ccephfs_load(&reason) != 0 else { return }
        throw missing(package: "libcephfs2", reason: reason)
    }

    /// Loads librados, once a process.
    ///
    /// - Throws: ``CephError`` with ELIBACC, naming the Debian package.
    public static func requireRados() throws {
        var reason: UnsafePointer<CChar>?
        guard crados_load(&reason) != 0 else { return }
        throw missing(package: "librados2", reason: reason)
    }

    private static func missing(package: String, reason: UnsafePointer<CChar>?) -> CephError {
        let reason = reason.map { String(cString: $0) } ?? "unknown"
        return CephError(call: "dlopen", code: ELIBACC, detail: "\(reason); install the Debian package \(package)")
    }

    /// Passes a non-negative result on.
    ///
    /// - Throws: ``CephError`` for a negative one.
    @discardableResult
    static func check(_ result: Int32, _ call: String, path: String? = nil) throws -> Int32 {
        guard result < 0 else { return result }
        throw CephError(call: call, code: result, path: path)
    }
}
