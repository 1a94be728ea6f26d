/// A strict reader of Prometheus's text format 0.0.4, written from its description and not from the renderer: what it
/// does not expect is an error. https://prometheus.io/docs/instrumenting/exposition_formats/
struct PrometheusPage {
    struct Sample: Equatable {
        var name: String
        var labels: [String: String]
        var value: Double
    }

    struct Family {
        var help: String
        var type: String
        var samples: [Sample] = []
    }

    struct Malformed: Error, CustomStringConvertible {
        let line: String
        let why: String
        var description: String { "\(why): \(line)" }
    }

    private(set) var families: [String: Family] = [:]
    private(set) var order: [String] = []

    init(_ text: String) throws {
        guard text.isEmpty || text.hasSuffix("\n") else {
            throw Malformed(line: "(last)", why: "no line feed at the end")
        }
        for line in text.split(separator: "\n", omittingEmptySubsequences: false).dropLast() {
            if line.hasPrefix("#") { try comment(line) } else { try sample(line) }
        }
        for (name, family) in families where family.type == "histogram" { try Self.check(histogram: name, family) }
    }

    /// The only sample of that name whose labels include `labels`.
    func value(_ name: String, _ labels: [String: String] = [:]) -> Double? {
        let all = families.values.flatMap(\.samples).filter { sample in
            sample.name == name && labels.allSatisfy { sample.labels[$0.key] == $0.value }
        }
        return all.count == 1 ? all[0].value : nil
    }

    private mutating func comment(_ line: Substring) throws {
        let parts = line.split(separator: " ", maxSplits: 3, omittingEmptySubsequences: false)
        guard parts.count == 4, parts[0] == "#" else { throw Malformed(line: "\(line)", why: "comment") }
        let name = String(parts[2])
        switch parts[1] {
        case "HELP":
            guard families[name] == nil else { throw Malformed(line: "\(line)", why: "second HELP") }
            families[name] = Family(help: String(parts[3]), type: "")
            order.append(name)
        case "TYPE":
            guard families[name]?.type == "", order.last == name else { throw Malformed(line: "\(line)", why: "TYPE") }
            guard ["counter", "gauge", "histogram"].contains(parts[3]) else {
                throw Malformed(line: "\(line)", why: "type")
            }
            families[name]?.type = String(parts[3])
        default: throw Malformed(line: "\(line)", why: "comment")
        }
    }

    private mutating func sample(_ line: Substring) throws {
        var rest = line
        let name = rest.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_" || $0 == ":") }
        rest = rest.dropFirst(name.count)
        var labels: [String: String] = [:]
        if rest.first == "{" { labels = try Self.labels(&rest, line) }
        guard rest.first == " ", let value = Self.number(rest.dropFirst()) else {
            throw Malformed(line: "\(line)", why: "value")
        }
        guard let family = order.last, families[family]?.type != "" else {
            throw Malformed(line: "\(line)", why: "no TYPE")
        }
        let suffixes = families[family]?.type == "histogram" ? ["_bucket", "_sum", "_count"] : [""]
        guard suffixes.contains(where: { family + $0 == name }) else {
            throw Malformed(line: "\(line)", why: "other family")
        }
        let sample = Sample(name: String(name), labels: labels, value: value)
        let isDouble = families[family]?.samples.contains { $0.name == sample.name && $0.labels == labels } ?? false
        guard !isDouble else { throw Malformed(line: "\(line)", why: "second sample of a series") }
        if families[family]?.type == "counter", value < 0 { throw Malformed(line: "\(line)", why: "negative counter") }
        families[family]?.samples.append(sample)
    }

    private static func labels(_ rest: inout Substring, _ line: Substring) throws -> [String: String] {
        var labels: [String: String] = [:]
        repeat {
            rest.removeFirst()
            let name = rest.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
            rest = rest.dropFirst(name.count)
            guard let first = name.first, !first.isNumber, rest.hasPrefix("=\"") else {
                throw Malformed(line: "\(line)", why: "label")
            }
            rest = rest.dropFirst(2)
            guard labels.updateValue(try text(&rest, line), forKey: String(name)) == nil else {
                throw Malformed(line: "\(line)", why: "label twice")
            }
        } while rest.first == ","
        guard rest.first == "}" else { throw Malformed(line: "\(line)", why: "labels' end") }
        rest.removeFirst()
        return labels
    }

    private static func text(_ rest: inout Substring, _ line: Substring) throws -> String {
        var scalars = rest.unicodeScalars
        var text = String.UnicodeScalarView()
        while let scalar = scalars.popFirst() {
            switch scalar {
            case "\"":
                rest = Substring(scalars)
                return String(text)
            case "\\":
                switch scalars.popFirst() {
                case "\\": text.append("\\")
                case "\"": text.append("\"")
                case "n": text.append("\n")
                default: throw Malformed(line: "\(line)", why: "escape")
                }
            default: text.append(scalar)
            }
        }
        throw Malformed(line: "\(line)", why: "no closing quote")
    }

    private static func number(_ text: Substring) -> Double? {
        switch text {
        case "+Inf": .infinity
        case "-Inf": -.infinity
        case "NaN": .nan
        default: text.allSatisfy { "0123456789.e+-".contains($0) } ? Double(text) : nil
        }
    }

    /// Bounds ascend to +Inf, counts never fall, and the last of them is the number of observations.
    private static func check(histogram name: String, _ family: Family) throws {
        var buckets: [[String: String]: [(Double, Double)]] = [:]
        for sample in family.samples where sample.name == name + "_bucket" {
            var labels = sample.labels
            guard let bound = labels.removeValue(forKey: "le").flatMap({ number(Substring($0)) }) else {
                throw Malformed(line: name, why: "bucket without bound")
            }
            buckets[labels, default: []].append((bound, sample.value))
        }
        for (labels, list) in buckets {
            let ascends = zip(list, list.dropFirst()).allSatisfy { $0.0 < $1.0 && $0.1 <= $1.1 }
            guard ascends, list.last?.0 == .infinity else { throw Malformed(line: name, why: "buckets") }
            let count = family.samples.first { $0.name == name + "_count" && $0.labels == labels }
            let sum = family.samples.first { $0.name == name + "_sum" && $0.labels == labels }
            guard count?.value == list.last?.1, sum != nil else { throw Malformed(line: name, why: "count or sum") }
        }
        guard family.samples.count == buckets.values.reduce(0, { $0 + $1.count + 2 }) else {
            throw Malformed(line: name, why: "stray samples")
        }
    }
}
