import Bytes

/// What is wrong with a text that should be JSON, and where.
public struct JSONError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What was expected.
    public let expected: String
    /// Bytes from the text's beginning.
    public let offset: Int

    /// A sentence for a log.
    public var description: String { "expected \(expected) at byte \(offset)" }
}

extension JSONValue {
    /// Parses a whole text (RFC 8259).
    ///
    /// - Throws: ``JSONError``.
    public init(parsing text: String) throws {
        var parser = JSONParser(bytes: Array(text.utf8))
        self = try parser.document()
    }
}

/// Recursive descent over UTF-8 bytes, at most ``maximumDepth`` deep.
private struct JSONParser {
    static let maximumDepth = 64
    let bytes: [UInt8]
    var offset = 0

    init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    mutating func document() throws -> JSONValue {
        let value = try value(depth: 0)
        skipSpace()
        guard offset == bytes.count else { throw error("the end") }
        return value
    }

    private mutating func value(depth: Int) throws -> JSONValue {
        guard depth < Self.maximumDepth else { throw error("less nesting") }
        skipSpace()
        switch peek {
        case UInt8(ascii: "{"): return try object(depth: depth)
        case UInt8(ascii: "["): return try array(depth: depth)
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        default: return try number()
        }
    }

    private mutating func object(depth: Int) throws -> JSONValue {
        offset += 1
        var members: [String: JSONValue] = [:]
        skipSpace()
        if take("}") { return .object(members) }
        repeat {
            skipSpace()
            guard peek == UInt8(ascii: "\"") else { throw error("a key") }
            let key = try string()
            skipSpace()
            guard take(":") else { throw error("':'") }
            members[key] = try value(depth: depth + 1)
            skipSpace()
        } while take(",")
        guard take("}") else { throw error("',' or '}'") }
        return .object(members)
    }

    private mutating func array(depth: Int) throws -> JSONValue {
        offset += 1
        var values: [JSONValue] = []
        skipSpace()
        if take("]") { return .array(values) }
        repeat {
            values.append(try value(depth: depth + 1))
            skipSpace()
        } while take(",")
        guard take("]") else { throw error("',' or ']'") }
        return .array(values)
    }

    private mutating func string() throws -> String {
        offset += 1
        var result: [UInt8] = []
        while let byte = peek {
            offset += 1
            switch byte {
            case UInt8(ascii: "\""): return String(decoding: result, as: UTF8.self)
            case UInt8(ascii: "\\"): result += try escape()
            case 0x20...: result.append(byte)
            default: throw error("no control character")
            }
        }
        throw error("'\"'")
    }

    private mutating func escape() throws -> [UInt8] {
        guard let byte = peek else { throw error("an escape") }
        offset += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [byte]
        case UInt8(ascii: "b"): return [8]
        case UInt8(ascii: "f"): return [12]
        case UInt8(ascii: "n"): return [10]
        case UInt8(ascii: "r"): return [13]
        case UInt8(ascii: "t"): return [9]
        case UInt8(ascii: "u"): return try unicodeEscape()
        default: throw error("an escape")
        }
    }

    private mutating func unicodeEscape() throws -> [UInt8] {
        var units = [try hexUnit()]
        if UTF16.isLeadSurrogate(units[0]), take("\\") {
            guard take("u") else { throw error("a low surrogate") }
            units.append(try hexUnit())
        }
        // A surrogate without its partner becomes U+FFFD.
        return Array(String(decoding: units, as: UTF16.self).utf8)
    }

    private mutating func hexUnit() throws -> UInt16 {
        let digits = String(decoding: bytes[offset...].prefix(4), as: UTF8.self)
        guard digits.utf8.count == 4, digits.allSatisfy(\.isHexDigit), let unit = UInt16(digits, radix: 16) else {
            throw error("four hexadecimal digits")
        }
        offset += 4
        return unit
    }

    private mutating func number() throws -> JSONValue {
        let start = offset
        while let byte = peek, "+-.eE0123456789".utf8.contains(byte) { offset += 1 }
        let text = String(decoding: bytes[start..<offset], as: UTF8.self)
        if let integer = Int64(text), !text.begins(with: "+") { return .integer(integer) }
        guard let number = Double(text), number.isFinite, !text.begins(with: "+") else {
            offset = start
            throw error("a value")
        }
        return .number(number)
    }

    private mutating func word(_ word: String, _ value: JSONValue) throws -> JSONValue {
        guard bytes[offset...].starts(with: word.utf8) else { throw error("a value") }
        offset += word.utf8.count
        return value
    }

    private var peek: UInt8? { offset < bytes.count ? bytes[offset] : nil }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard peek == UInt8(ascii: character) else { return false }
        offset += 1
        return true
    }

    private mutating func skipSpace() {
        while let byte = peek, " \t\n\r".utf8.contains(byte) { offset += 1 }
    }

    private func error(_ expected: String) -> JSONError { JSONError(expected: expected, offset: offset) }
}
