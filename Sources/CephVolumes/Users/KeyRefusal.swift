import Ceph
import Cryptography

/// Why a cluster does not accept a user with its key. The refusal itself does not tell: the monitors answer a wrong key,
/// an unknown user and a key of a kind that they do not accept in the same way. Who gets in can ask for the last.
struct KeyRefusal: Sendable {
    let connections: CephConnections
    let refused: CephSettings
    /// Another user's; nil when none is known.
    let witness: CephSettings?

    /// The usual cause, as the end of a sentence.
    static let unknown = "unknown user or wrong key"

    /// - Returns: the end of a sentence.
    /// - Throws: `CancellationError` when the task is cancelled while the monitors are asked.
    func cause() async throws -> String {
        let unknown = Self.unknown
        guard let kind = CephxKey.kind(of: refused.key) else { return unknown }
        if let accepted = try await accepted() {
            return accepted.contains(kind) ? unknown : Self.cause(kind, accepted: accepted)
        }
        guard kind == .aes else { return unknown }
        return unknown
            + ", or the cluster accepts only AES-256 keys (auth_allowed_ciphers of `ceph mon dump`) and this is an "
            + "AES key"
    }

    /// The kinds of key that the cluster accepts; nil when nobody gets in who could ask.
    ///
    /// - Throws: `CancellationError`.
    func accepted() async throws -> Set<CephxKey.Kind>? {
        guard let witness else { return nil }
        do {
            return try await connections.runMonitors(witness, "asking for accepted keys") { rados in
                try rados.acceptedKeyKinds() ?? [.aes]
            }
        } catch is CephError {
            return nil
        }
    }

    private static func cause(_ kind: CephxKey.Kind, accepted: Set<CephxKey.Kind>) -> String {
        "this is an \(kind.rawValue) key, and the cluster accepts only \(VolumeKeyKind.names(accepted)) "
            + "(auth_allowed_ciphers of `ceph mon dump`): give the user a key of that kind (`ceph auth rotate`)"
    }
}
