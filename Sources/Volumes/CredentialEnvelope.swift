import Bytes
import Cryptography

/// The form in which a controller hands a volume's user to a node: what is sealed, and what it is bound to.
///
/// A volume id and a node's name are part of what is sealed, so a context copied to another volume's attachment opens
/// but is refused, and one sealed for another node does not even open.
public struct CredentialEnvelope: Sendable {
    /// Anonymous public-key encryption: bytes to everyone, readable by the holder of the private key alone.
    public typealias Seal = @Sendable (_ plain: [UInt8], _ publicKey: [UInt8]) -> [UInt8]?
    /// The reverse; nil when the bytes were not sealed for this key or have been changed.
    public typealias Open = @Sendable (_ sealed: [UInt8]) -> [UInt8]?

    private static let version = "1"

    /// Seals `credentials` of the volume `volumeID` for `node`, as text for a publish context.
    ///
    /// - Throws: ``VolumeError/unexpected(_:)`` when the key of the node is of no use.
    public static func seal(
        _ credentials: CephCredentials,
        volumeID: String,
        for node: NodeIdentity,
        with seal: Seal
    ) throws -> String {
        let plain = credentials.key.withExposed { key in
            // None of the parts can hold a NUL: the edge refuses it in every field.
            [version, volumeID, node.name, credentials.user, key].joined(separator: "\0")
        }
        guard let sealed = seal(Array(plain.utf8), node.publicKey) else {
            throw VolumeError.unexpected("the key in the node id of \(node.name) can't be used for sealing")
        }
        return Base64.url.encode(sealed)
    }

    /// Opens what a controller sealed for this node and that volume.
    ///
    /// - Throws: ``VolumeError/preconditionFailed(_:)`` for text that was sealed for another node, another volume, or
    ///   was changed: the CO has to publish the volume to this node anew.
    public static func open(
        _ text: String,
        volumeID: String,
        on node: NodeIdentity,
        with open: Open
    ) throws -> CephCredentials {
        guard let sealed = Base64.url.decode(text), let plain = open(sealed) else {
            throw refusal("was not sealed for this node's key (was the node's --state-dir lost or renewed?)")
        }
        let parts = String(decoding: plain, as: UTF8.self).split(byte: "\0", omittingEmptySubsequences: false)
        guard parts.count == 5, parts[0] == version else { throw refusal("has a form that this version does not know") }
        guard parts[1] == volumeID else { throw refusal("was sealed for another volume") }
        guard parts[2] == node.name else { throw refusal("was sealed for another node") }
        return CephCredentials(user: String(parts[3]), key: Secret(String(parts[4])))
    }

    private static func refusal(_ reason: String) -> VolumeError {
        .preconditionFailed(
            "publish_context[credentials] \(reason): detach the volume from the node and attach it again"
        )
    }
}
