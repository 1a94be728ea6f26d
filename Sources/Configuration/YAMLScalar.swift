import Bytes

/// Tells what a plain (unquoted) scalar is, by the core schema of YAML 1.2.2, section 10.3.2.
///
/// YAML 1.1's `yes`, `off` or `1:30` are texts here; nobody's monitor address becomes a base-60 number.
enum YAMLScalar {
    static func resolve(plain text: String) -> YAMLNode.Content {
        switch text {
        case "", "~", "null", "Null", "NULL": .null
        case "true", "True", "TRUE": .boolean(true)
        case "false", "False", "FALSE": .boolean(false)
        default: isNumber(text) ? .number(text) : .string(text)
        }
    }

    private static func isNumber(_ text: String) -> Bool {
        var rest = Substring(text)
        if rest.begins(with: "0x") { return isRun(rest.dropFirst(2), of: \.isHexDigit) }
        if rest.begins(with: "0o") { return isRun(rest.dropFirst(2), of: { ("0"..."7").contains($0) }) }
        if rest.first == "+" || rest.first == "-" { rest.removeFirst() }
        if [".inf", ".Inf", ".INF", ".nan", ".NaN", ".NAN"].contains(String(rest)) { return true }
        if let exponent = rest.firstIndex(where: { $0 == "e" || $0 == "E" }) {
            var digits = rest[rest.index(after: exponent)...]
            if digits.first == "+" || digits.first == "-" { digits.removeFirst() }
            guard isRun(digits, of: isDigit) else { return false }
            rest = rest[..<exponent]
        }
        let parts = rest.split(byte: ".", omittingEmptySubsequences: false)
        guard parts.count <= 2, parts.contains(where: { !$0.isEmpty }) else { return false }
        return parts.allSatisfy { $0.allSatisfy(isDigit) }
    }

    private static func isRun(_ text: Substring, of matches: (Character) -> Bool) -> Bool {
        !text.isEmpty && text.allSatisfy(matches)
    }

    private static func isDigit(_ character: Character) -> Bool { ("0"..."9").contains(character) }
}
