import Cryptography

/// The CSI node id of a node of this plugin: `<name>:<public key>`, the key in base64url without padding (RFC 4648,
/// section 5). What a controller seals for the node, only the node's private key opens.
public struct NodeIdentity: Sendable, Hashable, CustomStringConvertible {
    /// Kubernetes' limit for a node id (the annotation `csi.volume.kubernetes.io/nodeid`); CSI's is 256.
    public static let maximumLength = 192
    /// Bytes of an X25519 public key (RFC 7748).
    public static let keyLength = 32
    /// The longest name that leaves room for the key and the colon.
    public static let maximumName = maximumLength - 44

    /// What the orchestrator calls the node.
    public let name: String
    /// The node's X25519 public key.
    public let publicKey: [UInt8]

    /// Joins a name of printable ASCII and a key; nil when either is not of its form.
    public init?(name: String, publicKey: [UInt8]) {
        guard publicKey.count == Self.keyLength, (1...Self.maximumName).contains(name.utf8.count),
            name.utf8.allSatisfy({ (0x21..<0x7f).contains($0) })
        else { return nil }
        self.name = name
        self.publicKey = publicKey
    }

    /// Parses a node id; nil for one that no node of this plugin has.
    public init?(_ text: String) {
        guard text.utf8.count <= Self.maximumLength, let colon = text.lastIndex(of: ":"),
            let key = Base64.url.decode(String(text[text.index(after: colon)...]))
        else { return nil }
        self.init(name: String(text[..<colon]), publicKey: key)
    }

    /// The id as the CO sees it.
    public var description: String { "\(name):\(Base64.url.encode(publicKey))" }
}
