/// Makes any text fit for one line of a log, so that nothing a client sends can end a line, forge a field or command a
/// terminal.
enum LogEscaping {
    /// `text` with everything that is not plainly printable as `\n`, `\t`, `\u{1b}`; backslashes doubled.
    static func text(_ text: String) -> String {
        guard !isPlain(text) else { return text }
        return text.unicodeScalars.reduce(into: "") { $0 += escaped($1) }
    }

    /// `value` as it is where it reads as one word, else escaped between double quotes.
    static func textValue(_ value: String) -> String {
        let isWord = !value.isEmpty && isPlain(value) && !value.contains { $0 == " " || $0 == "\"" || $0 == "=" }
        guard !isWord else { return value }
        return value.unicodeScalars.reduce(into: "\"") { $0 += $1 == "\"" ? "\\\"" : escaped($1) } + "\""
    }

    /// A field's name with everything but letters, digits, `.`, `_`, `-` as `_`.
    static func bareName(_ name: String) -> String {
        String(name.map { $0.isASCII && ($0.isLetter || $0.isNumber || "._-".contains($0)) ? $0 : "_" })
    }

    /// A JSON string (RFC 8259, section 7), with everything that is not plainly printable escaped too.
    static func json(_ text: String) -> String {
        text.unicodeScalars.reduce(into: "\"") { out, scalar in
            switch scalar {
            case "\"": out += "\\\""
            case "\\": out += "\\\\"
            case "\n": out += "\\n"
            case _ where isPlain(scalar): out.unicodeScalars.append(scalar)
            default:
                for unit in String(scalar).utf16 {
                    let digits = String(unit, radix: 16)
                    out += "\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits
                }
            }
        } + "\""
    }

    private static func escaped(_ scalar: Unicode.Scalar) -> String {
        switch scalar {
        case "\\": "\\\\"
        case "\n": "\\n"
        case "\r": "\\r"
        case "\t": "\\t"
        case _ where isPlain(scalar): String(scalar)
        default: "\\u{\(String(scalar.value, radix: 16))}"
        }
    }

    private static func isPlain(_ text: String) -> Bool {
        text.unicodeScalars.allSatisfy { isPlain($0) && $0 != "\\" }
    }

    /// Not a control or format character (bidirectional overrides are such), no line or paragraph separator, nothing
    /// unassigned or private.
    private static func isPlain(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.isASCII { return (0x20..<0x7f).contains(scalar.value) }
        return switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned: false
        default: true
        }
    }
}
