import Bytes

/// What is the same for all series of a metric, and how Prometheus's text format writes it and them.
/// https://prometheus.io/docs/instrumenting/exposition_formats/
struct MetricHeader: Sendable {
    let name: String
    let help: String
    let kind: String

    init(_ name: String, _ help: String, kind: String) {
        precondition(Self.isName(name, alsoAllowed: "_:"), "\(name) is not a metric name")
        self.name = name
        self.help = help
        self.kind = kind
    }

    /// The `HELP` and `TYPE` lines.
    var lines: String {
        let escaped = help.reduce(into: "") { $0 += $1 == "\\" ? "\\\\" : $1 == "\n" ? "\\n" : String($1) }
        return "# HELP \(name) \(escaped)\n# TYPE \(name) \(kind)\n"
    }

    /// One series' line.
    func sample(suffix: String = "", _ labels: [(String, String)], _ value: Double) -> String {
        let pairs = labels.map { "\($0)=\"\(Self.escaped($1))\"" }.joined(separator: ",")
        return "\(name)\(suffix)\(pairs.isEmpty ? "" : "{\(pairs)}") \(Self.number(value))\n"
    }

    /// Go's float syntax; whole numbers without a point.
    static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        return Int64(exactly: value).map(String.init) ?? String(value)
    }

    static func isLabel(_ name: String) -> Bool { isName(name, alsoAllowed: "_") && !name.begins(with: "__") }

    private static func isName(_ name: String, alsoAllowed: String) -> Bool {
        guard let first = name.first, !first.isNumber else { return false }
        return name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || alsoAllowed.contains($0)) }
    }

    /// By scalars: a `\r\n` is one character.
    private static func escaped(_ value: String) -> String {
        value.unicodeScalars.reduce(into: "") { out, scalar in
            switch scalar {
            case "\\": out += "\\\\"
            case "\"": out += "\\\""
            case "\n": out += "\\n"
            default: out.unicodeScalars.append(scalar)
            }
        }
    }
}
