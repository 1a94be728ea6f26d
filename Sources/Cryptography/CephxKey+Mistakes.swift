import Bytes

extension CephxKey {
    /// `text` without the line end that an editor or a shell leaves behind a key or an id (`\n`, `\r\n`).
    public static func withoutLineEnd(_ text: String) -> String {
        guard text.ends(with: "\n") else { return text }
        return String(decoding: text.utf8.dropLast(text.ends(with: "\r\n") ? 2 : 1), as: UTF8.self)
    }

    /// What is wrong with a text that is to be a key, and what to do; nil when it is one. Never shows the text.
    public static func mistake(in text: String) -> String? {
        guard !isWellFormed(text) else { return nil }
        let fix = "it must be the base64 text that `ceph auth print-key` prints"
        if let common = commonMistake(in: text) { return "\(common): \(fix)" }
        if text.contains(bytesOf: "[client.") || text.contains(bytesOf: "key =") || text.contains(bytesOf: "key=") {
            return "is a keyring, not a key: \(fix), without [client.…] and `key =`"
        }
        if let inner = decoded(text), isWellFormed(inner) { return twice }
        return "is not a cephx key: \(fix)"
    }

    /// What is wrong with a text that is to be a Ceph user's id; nil when nothing is.
    public static func mistake(inUserID text: String) -> String? {
        let fix = "it must be a Ceph user's id without client., of A-Z a-z 0-9 . _ -"
        if let common = commonMistake(in: text) { return "\(common): \(fix)" }
        // The value itself is not shown: it may be the key.
        if isWellFormed(text) { return "is a key: id and key are exchanged" }
        if text.begins(with: "client.") { return "begins with client.: write it without the client. prefix" }
        if let inner = decoded(text), text.ends(with: "="), isID(inner) { return twice }
        return isID(text) && text.utf8.count <= 128 ? nil : "is not a user's id: \(fix)"
    }

    private static let twice =
        "is base64 of what it should be, encoded once too often: Kubernetes' `data` is encoded once, `stringData` not at all"

    private static func commonMistake(in text: String) -> String? {
        let bytes = Array(text.utf8)
        if bytes.isEmpty { return "is empty" }
        if bytes.contains(where: { $0 == 0x0A || $0 == 0x0D }) { return "has a line break in it" }
        if bytes.contains(where: { $0 == 0x20 || $0 == 0x09 }) { return "has a space or tab in it" }
        if bytes.contains(where: { $0 >= 0x80 }) { return "has a character in it that is not ASCII" }
        if bytes.contains(where: { $0 < 0x20 || $0 == 0x7F }) { return "has a control character in it" }
        if bytes.contains(where: { [0x22, 0x27, 0x60].contains($0) }) { return "has a quotation mark in it" }
        return nil
    }

    /// The text that base64 stands for, without a line end.
    private static func decoded(_ text: String) -> String? {
        Base64.standard.decode(text).map { withoutLineEnd(String(decoding: $0, as: UTF8.self)) }
    }

    private static func isID(_ text: String) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F: true
                default: false
                }
            }
    }
}
