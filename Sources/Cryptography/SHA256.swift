import CSodium

/// SHA-256 as libsodium computes it.
public enum SHA256 {
    /// The digest of `text`'s UTF-8 bytes as 64 lowercase hexadecimal digits (crypto_hash_sha256(3)).
    public static func hex(_ text: String) -> String {
        let bytes = Array(text.utf8)
        var digest = [UInt8](repeating: 0, count: Int(crypto_hash_sha256_BYTES))
        // Needs no sodium_init: hashing uses neither randomness nor run-time selection. It always returns 0.
        crypto_hash_sha256(&digest, bytes, UInt64(bytes.count))
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: digest.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}
