/// How lines of the log look.
public enum LogFormat: String, Sendable, CaseIterable {
    /// `2026-01-31T07:05:09.123Z info finished code=OK method=…`, for people.
    case text
    /// One JSON object a line, for collectors.
    case json

    /// The line with its end, redacted and escaped: one line whatever the values hold.
    func render(_ line: LogLine) -> [UInt8] {
        switch self {
        case .text: Self.text(line)
        case .json: Self.json(line)
        }
    }

    private static func text(_ line: LogLine) -> [UInt8] {
        var out = "\(line.time.timestamp) \(line.level.rawValue) \(LogEscaping.text(KeyRedaction.redact(line.message)))"
        for field in line.fields {
            let value = KeyRedaction.value(field.value, of: field.name)
            out += " \(LogEscaping.bareName(field.name))=\(LogEscaping.textValue(value))"
        }
        return Array(out.utf8) + [UInt8(ascii: "\n")]
    }

    private static func json(_ line: LogLine) -> [UInt8] {
        var members = [
            ("time", line.time.timestamp), ("level", line.level.rawValue),
            ("message", KeyRedaction.redact(line.message)),
        ]
        for field in line.fields {
            // A second member of the same name would leave it to the reader which of them counts.
            let isTaken = members.contains { $0.0 == field.name }
            members.append((isTaken ? "_" + field.name : field.name, KeyRedaction.value(field.value, of: field.name)))
        }
        let rendered = members.map { "\(LogEscaping.json($0.0)):\(LogEscaping.json($0.1))" }
        return Array("{\(rendered.joined(separator: ","))}\n".utf8)
    }
}
