/// The form of a cephx key: base64 of a type (2 bytes), a time (8), a length (2), all little-endian, and the secret
/// (`CryptoKey::encode` of Ceph's auth/Crypto.cc). The one place that says what a key looks like.
public enum CephxKey {
    /// What a key's secret is for. The raw values are Ceph's names (`key_type` of `auth get-or-create`).
    public enum Kind: String, Sendable, CaseIterable {
        /// AES-128: what every release and every kernel takes, unless the cluster forbids it. Its text begins with `AQ`.
        case aes
        /// AES-256 with HMAC-SHA384 (RFC 8009): Ceph 20 and Linux 7.0 on. Its text begins with `Ag`.
        case aes256k

        /// The number that a key begins with (CEPH_CRYPTO_AES, CEPH_CRYPTO_AES256KRB5).
        fileprivate var type: Int { self == .aes ? 1 : 2 }

        /// Whether a secret of so many bytes is one of this kind: what `validate_secret` of Ceph's auth/Crypto.cc takes,
        /// and of AES-256 what the kernel takes as well.
        fileprivate func accepts(secretBytes: Int) -> Bool { self == .aes ? secretBytes >= 16 : secretBytes == 32 }
    }

    /// What kind of key `text` is; nil when it has not the form of any. No Ceph program or library is ever handed a text
    /// that is none: ceph-fuse 16 hangs on one, and the libraries print it.
    public static func kind(of text: String) -> Kind? {
        guard let bytes = Base64.standard.decode(text), bytes.count > 12 else { return nil }
        let type = Int(bytes[0]) | Int(bytes[1]) << 8
        let length = Int(bytes[10]) | Int(bytes[11]) << 8
        return Kind.allCases.first { kind in
            kind.type == type && bytes.count == 12 + length && kind.accepts(secretBytes: length)
        }
    }

    /// What kind of key the secret is; nil when it has not the form of any.
    public static func kind(of secret: Secret) -> Kind? { secret.withExposed { kind(of: $0) } }

    /// Whether `text` has the form of a key of any kind.
    public static func isWellFormed(_ text: String) -> Bool { kind(of: text) != nil }

    /// The bytes that the text stands for, as the kernel takes a key; nil when it is none.
    public static func bytes(of text: String) -> [UInt8]? { kind(of: text) == nil ? nil : Base64.standard.decode(text) }
}
