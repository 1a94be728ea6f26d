import CSodium

/// Anonymous public-key encryption: libsodium's sealed boxes (X25519, XSalsa20-Poly1305; crypto_box_seal(3)).
///
/// Whoever has the public key can seal, only the holder of the private key can open, and not even the sender afterwards.
public enum SealedBox {
    /// A pair of X25519 keys. Printing or reflecting it shows the public key alone.
    public struct KeyPair: Sendable, CustomStringConvertible, CustomReflectable {
        /// For everybody.
        public let publicKey: [UInt8]
        private let privateKey: [UInt8]

        /// A new pair from the system's random numbers (crypto_box_keypair(3)).
        public init() {
            SealedBox.prepare()
            var publicKey = [UInt8](repeating: 0, count: Int(crypto_box_PUBLICKEYBYTES))
            var privateKey = [UInt8](repeating: 0, count: Int(crypto_box_SECRETKEYBYTES))
            crypto_box_keypair(&publicKey, &privateKey)
            self.publicKey = publicKey
            self.privateKey = privateKey
        }

        /// The pair that a private key belongs to (crypto_scalarmult_base(3)); nil when it has another length.
        public init?(privateKey: [UInt8]) {
            SealedBox.prepare()
            var publicKey = [UInt8](repeating: 0, count: Int(crypto_box_PUBLICKEYBYTES))
            guard privateKey.count == Int(crypto_box_SECRETKEYBYTES),
                crypto_scalarmult_base(&publicKey, privateKey) == 0
            else { return nil }
            self.publicKey = publicKey
            self.privateKey = privateKey
        }

        /// Runs `body` with the private key, for writing it down.
        public func withPrivateKey<Result>(_ body: ([UInt8]) throws -> Result) rethrows -> Result {
            try body(privateKey)
        }

        /// Opens what was sealed for this pair (crypto_box_seal_open(3)); nil when it was sealed for another one, or
        /// has been changed.
        public func open(_ sealed: [UInt8]) -> [UInt8]? {
            guard sealed.count >= crypto_box_sealbytes() else { return nil }
            var plain = [UInt8](repeating: 0, count: sealed.count - crypto_box_sealbytes())
            let result = crypto_box_seal_open(&plain, sealed, UInt64(sealed.count), publicKey, privateKey)
            return result == 0 ? plain : nil
        }

        /// Without the private key.
        public var description: String { "KeyPair(publicKey: \(publicKey))" }
        /// A mirror without children.
        public var customMirror: Mirror { Mirror(self, children: []) }
    }

    /// Seals `plain` for the holder of `publicKey`'s private key (crypto_box_seal(3)); nil for a key that is none.
    public static func seal(_ plain: [UInt8], for publicKey: [UInt8]) -> [UInt8]? {
        guard publicKey.count == Int(crypto_box_PUBLICKEYBYTES) else { return nil }
        prepare()
        var sealed = [UInt8](repeating: 0, count: plain.count + crypto_box_sealbytes())
        return crypto_box_seal(&sealed, plain, UInt64(plain.count), publicKey) == 0 ? sealed : nil
    }

    /// sodium_init(3): once is enough, again does nothing, and any thread may. It fails only on a system without random
    /// numbers, where no key must be made.
    private static func prepare() {
        precondition(sodium_init() >= 0, "libsodium finds no source of random numbers")
    }
}
