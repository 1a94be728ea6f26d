import CSodium

/// Base64 as libsodium reads and writes it (sodium_bin2base64(3), sodium_base642bin(3)): whole, without line breaks, and
/// each sequence of bytes has one text.
public struct Base64: Sendable {
    /// RFC 4648, section 4, with padding: Ceph's keys, Kubernetes' secrets.
    public static let standard = Base64(variant: sodium_base64_VARIANT_ORIGINAL)
    /// RFC 4648, section 5, without padding: for names and contexts.
    public static let url = Base64(variant: sodium_base64_VARIANT_URLSAFE_NO_PADDING)

    private let variant: Int32

    private init(variant: some BinaryInteger) { self.variant = Int32(variant) }

    /// The text of `bytes`.
    public func encode(_ bytes: [UInt8]) -> String {
        // The length counts the NUL at the end.
        var text = [CChar](repeating: 0, count: sodium_base64_encoded_len(bytes.count, variant))
        sodium_bin2base64(&text, text.count, bytes, bytes.count, variant)
        return String(decoding: text.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    /// The bytes of `text`; nil for anything that ``encode(_:)`` does not return.
    public func decode(_ text: String) -> [UInt8]? {
        let digits = text.utf8.map(CChar.init(bitPattern:))
        var bytes = [UInt8](repeating: 0, count: digits.count / 4 * 3 + 3)
        var count = 0
        guard sodium_base642bin(&bytes, bytes.count, digits, digits.count, nil, &count, nil, variant) == 0 else {
            return nil
        }
        return Array(bytes.prefix(count))
    }
}
