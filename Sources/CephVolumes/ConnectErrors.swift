import Ceph
import Glibc
import Volumes

/// What a failed connection means. libcephfs has one errno for several causes; where a question to the monitors tells
/// them apart, it is asked.
struct ConnectErrors: Sendable {
    let connections: CephConnections
    let settings: CephSettings
    let context: ErrorContext
    /// Whether the request named the file system itself, rather than leaving it to the configuration.
    let filesystemIsRequested: Bool
    /// Whether the key has the form of a cephx key.
    let keyIsWellFormed: Bool

    private var user: String { "client.\(context.user)" }

    /// The error for the caller.
    ///
    /// - Throws: `CancellationError` when the task is cancelled while the monitors are asked.
    func volumeError(for error: CephError) async throws -> VolumeError {
        switch error.code {
        case EACCES:
            return .unauthenticated(
                "cluster \(context.cluster) does not accept \(user) with this key: "
                    + "the user is unknown or the key is not its own"
            )
        case EPERM:
            return .permissionDenied(
                missing: "\(user) may not mount \(context.root) of file system \(context.filesystem): it needs the MDS "
                    + "cap 'allow rwps fsname=\(context.filesystem) path=\(context.root)'"
            )
        case EINVAL where !keyIsWellFormed:
            return .invalid(field: "secrets", fix: "the key must be the base64 text that `ceph auth get-key` prints")
        case EINVAL:
            return .preconditionFailed(
                "cluster \(context.cluster): a monitor's address can't be resolved, see `monitors`"
            )
        case ENOENT:
            return try await somethingMissing(error)
        case ETIMEDOUT, EHOSTUNREACH, ECONNREFUSED:
            return .unavailable("no monitor of cluster \(context.cluster) answers, or its MDS is not active: \(error)")
        default:
            return VolumeError(error, in: .connect, context)
        }
    }

    /// ENOENT: no such file system, or no such root in it. `fs ls` shows the file systems that the user may see.
    private func somethingMissing(_ error: CephError) async throws -> VolumeError {
        let known: [String]
        do {
            known = try await connections.runRados(settings, "listing file systems") { try $0.fileSystems() }
        } catch is CephError {
            return .preconditionFailed(
                "cluster \(context.cluster) has no file system \(context.filesystem), or it has no directory "
                    + "\(context.root)"
            )
        }
        if known.contains(context.filesystem) {
            return .preconditionFailed(
                "file system \(context.filesystem) of cluster \(context.cluster) has no directory \(context.root), "
                    + "the configuration's `root`: make it, or correct it"
            )
        }
        let found = known.isEmpty ? "none" : known.joined(separator: ", ")
        let problem = "cluster \(context.cluster) has no file system \(context.filesystem) (\(user) sees \(found))"
        return filesystemIsRequested
            ? .invalid(field: "parameters[filesystem]", fix: problem) : .preconditionFailed(problem)
    }

    /// Whether `text` has the form of a cephx key: base64 of a type, a time, a length and at least 16 bytes of key.
    static func isWellFormedKey(_ text: String) -> Bool {
        let digits = text.utf8.prefix { $0 != UInt8(ascii: "=") }
        let padding = text.utf8.dropFirst(digits.count)
        let isBase64 = digits.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "/"):
                true
            default: false
            }
        }
        return isBase64 && text.utf8.count % 4 == 0 && digits.count >= 38 && padding.count <= 2
            && padding.allSatisfy { $0 == UInt8(ascii: "=") }
    }
}
