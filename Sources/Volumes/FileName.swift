/// Names that may become one component of a path on CephFS.
public enum FileName {
    /// The longest name the plugin makes, in bytes: room below NAME_MAX (255) for prefixes in staging and trash.
    public static let maximumLength = 100

    /// Whether `name` can be a directory's name as it is: 1 to ``maximumLength`` of `A-Z a-z 0-9 . _ -`,
    /// beginning with a letter or digit (so no `.`, `..`, hidden names or the plugin's own `_staging`).
    public static func isSafe(_ name: String) -> Bool {
        name.utf8.count <= maximumLength && isSafePart(name)
    }

    /// As ``isSafe(_:)`` for a name that the plugin has joined from several, up to NAME_MAX bytes.
    public static func isSafePart(_ name: String) -> Bool {
        let bytes = name.utf8
        guard let first = bytes.first, bytes.count <= 255, isAlphanumeric(first) else { return false }
        return bytes.allSatisfy { isAlphanumeric($0) || $0 == UInt8(ascii: ".") || isJoiner($0) }
    }

    /// `name` with every unsafe byte replaced by `-`, cut to `length` bytes: the readable part of a hashed name.
    public static func readablePrefix(of name: String, length: Int) -> String {
        let kept = name.utf8.prefix(length).map { byte -> UInt8 in
            isAlphanumeric(byte) || isJoiner(byte) ? byte : UInt8(ascii: "-")
        }
        return String(decoding: kept.drop { !isAlphanumeric($0) }, as: UTF8.self)
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: false
        }
    }

    private static func isJoiner(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
    }
}
