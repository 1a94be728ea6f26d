import Bytes

/// Takes typed values out of one mapping and collects what is wrong with it.
struct MappingReader {
    let mark: YAMLMark
    private let entries: [YAMLNode.Entry]
    /// The mapping's own place in key paths: `clusters[0]`.
    private let path: String
    private(set) var problems: [ConfigurationProblem] = []

    /// Reports every key of `entries` that is not one of `known`.
    init(_ entries: [YAMLNode.Entry], mark: YAMLMark, path: String, known: [String]) {
        self.entries = entries
        self.mark = mark
        self.path = path
        for entry in entries where !known.contains(entry.key) {
            let nearest = NearestName.to(entry.key, among: known).map { "did you mean \($0.debugDescription)?" }
            let all = "known keys are \(known.joined(separator: ", "))"
            report(entry.key, "unknown key", nearest ?? all, at: entry.keyMark)
        }
    }

    mutating func report(_ key: String, _ problem: String, _ fix: String, at place: YAMLMark? = nil) {
        let at = place ?? entries.first { $0.key == key }?.value.mark ?? mark
        let shown = key.unicodeScalars.allSatisfy { $0.isASCII && $0.value > 0x20 } ? key : key.debugDescription
        let full = path.isEmpty || key.begins(with: path) ? shown : "\(path).\(shown)"
        problems.append(ConfigurationProblem(mark: at, key: full, problem: problem, fix: fix))
    }

    /// The text under `key`; nil when there is none, or none that is a text (which is reported).
    mutating func text(_ key: String, example: String) -> (text: String, mark: YAMLMark)? {
        guard let value = value(key) else { return nil }
        guard case .string(let text) = value.content else {
            let fix = Self.quotable(value).map { "put it in quotes: \(key): \"\($0)\"" } ?? "write \(key): \(example)"
            report(key, "must be a text, is \(value.kind)", fix)
            return nil
        }
        return (text, value.mark)
    }

    /// The truth value under `key`.
    mutating func boolean(_ key: String) -> Bool? {
        guard let value = value(key) else { return nil }
        guard case .boolean(let flag) = value.content else {
            report(
                key,
                "must be true or false, is \(value.kind)",
                "write \(key): true or \(key): false, without quotes"
            )
            return nil
        }
        return flag
    }

    /// The texts listed under `key`, those that are texts; others are reported.
    mutating func texts(_ key: String, example: String) -> [(text: String, mark: YAMLMark)]? {
        guard let value = value(key) else { return nil }
        guard case .sequence(let items) = value.content else {
            report(key, "must be a list of texts, is \(value.kind)", "write \(key): \(example)")
            return nil
        }
        var texts: [(String, YAMLMark)] = []
        for (index, item) in items.enumerated() {
            if case .string(let text) = item.content {
                texts.append((text, item.mark))
            } else {
                let isBracketed = if case .sequence = item.content { true } else { false }
                let fix = isBracketed ? "put what is in brackets in quotes: \"[…]\"" : "put it in quotes"
                report("\(key)[\(index)]", "must be a text, is \(item.kind)", fix, at: item.mark)
            }
        }
        return texts
    }

    /// Whether `key` is there, whatever its value.
    func has(_ key: String) -> Bool { value(key) != nil }

    /// How many items the list under `key` has; 0 when it is none.
    func items(_ key: String) -> Int {
        guard case .sequence(let items)? = value(key)?.content else { return 0 }
        return items.count
    }

    private func value(_ key: String) -> YAMLNode? {
        entries.first { $0.key == key }?.value
    }

    private static func quotable(_ value: YAMLNode) -> String? {
        switch value.content {
        case .boolean(let flag): String(flag)
        case .number(let text): text
        default: nil
        }
    }
}
