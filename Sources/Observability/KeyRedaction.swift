import Bytes

/// The last line of defence against secrets in the log. Nothing should ever hand one over: `Secret` prints as
/// `<redacted>` already, and no request is logged.
enum KeyRedaction {
    static let mark = "<redacted>"
    private static let secretNames = ["key", "secret", "password", "passphrase", "token", "credential", "keyring"]
    /// A cephx key is 28 bytes (type, time, length, 16 bytes of AES key) in base64.
    private static let keyLength = 40

    /// The value of a field, hidden if the field's name says that it is a secret.
    static func value(_ value: String, of name: String) -> String {
        let words = name.lowercased()
        return secretNames.contains { words.ends(with: $0) || words.ends(with: $0 + "s") } ? mark : redact(value)
    }

    /// `text` with everything that has the form of a cephx key replaced: 40 characters of base64 that begin with the
    /// key type (`AQ`) and end in `==`.
    static func redact(_ text: String) -> String {
        let bytes = Array(text.utf8)
        guard bytes.count >= keyLength else { return text }
        var kept: [UInt8] = []
        var index = 0
        while index < bytes.count {
            if isKey(bytes, at: index) {
                kept += Array(mark.utf8)
                index += keyLength
            } else {
                kept.append(bytes[index])
                index += 1
            }
        }
        return kept.count == bytes.count ? text : String(decoding: kept, as: UTF8.self)
    }

    private static func isKey(_ bytes: [UInt8], at start: Int) -> Bool {
        guard bytes[start] == UInt8(ascii: "A"), start + keyLength <= bytes.count, bytes[start + 1] == UInt8(ascii: "Q")
        else { return false }
        let end = start + keyLength
        guard bytes[end - 1] == UInt8(ascii: "="), bytes[end - 2] == UInt8(ascii: "=") else { return false }
        return bytes[start..<end - 2].allSatisfy(isBase64)
    }

    private static func isBase64(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "/"):
            true
        default: false
        }
    }
}
