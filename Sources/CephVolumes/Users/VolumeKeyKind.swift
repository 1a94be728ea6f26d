import Cryptography
import Volumes

/// Which kind of key a volume's users get.
enum VolumeKeyKind {
    /// Chooses by the configuration and by what the monitors accept.
    ///
    /// The controller does not know what nodes can use, and a key that a node can't use fails there, in a stage that no
    /// retry mends. So `auto` is AES wherever the cluster accepts it: every kernel and every ceph-fuse takes it.
    ///
    /// - Parameter accepted: nil: monitors before Ceph 20, which know AES alone.
    /// - Throws: ``VolumeError/preconditionFailed(_:)`` when the cluster does not accept the kind that is configured.
    static func choose(
        _ type: Cluster.CephxKeyType,
        accepted: Set<CephxKey.Kind>?,
        cluster: String
    ) throws -> CephxKey.Kind {
        let known = accepted ?? [.aes]
        let wanted: [CephxKey.Kind] =
            switch type {
            case .auto: [.aes, .aes256k]
            case .aes: [.aes]
            case .aes256k: [.aes256k]
            }
        if let kind = wanted.first(where: known.contains) { return kind }
        let reason =
            accepted == nil
            ? "its monitors are older than Ceph 20 and create only AES keys"
            : "it accepts only \(names(known)) (auth_allowed_ciphers of `ceph mon dump`)"
        throw VolumeError.preconditionFailed(
            "cluster \(cluster) can't create users with the keys that its entry in the configuration requires "
                + "(cephxKeyType: \(type.rawValue)): \(reason); set cephxKeyType to auto, or let the cluster accept "
                + "them"
        )
    }

    /// For messages: `aes keys`, `aes and aes256k keys`.
    static func names(_ kinds: Set<CephxKey.Kind>) -> String {
        guard !kinds.isEmpty else { return "keys of kinds that this version of the plugin does not know" }
        return kinds.map(\.rawValue).sorted().joined(separator: " and ") + " keys"
    }
}
