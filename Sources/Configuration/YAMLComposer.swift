/// Builds a tree of ``YAMLNode`` from a text.
///
/// Refuses what a configuration file has no use for and an attacker has: anchors, aliases and tags, a second document,
/// duplicate keys, keys that are not texts, deep nesting and great numbers of values.
struct YAMLComposer: ~Copyable {
    private let parser: YAMLParser
    private let limits: YAMLLimits
    private var nodes = 0

    /// The value of the one document in `bytes`; nil when there is none.
    static func compose(
        _ bytes: [UInt8],
        limits: YAMLLimits = .configuration
    ) throws(ConfigurationProblem) -> YAMLNode? {
        do {
            var composer = YAMLComposer(parser: try YAMLParser(bytes), limits: limits)
            return try composer.document()
        } catch let failure as YAMLParser.Failure {
            throw ConfigurationProblem(
                mark: failure.mark,
                key: "",
                problem: "not valid YAML: \(failure.problem)",
                fix: "correct the syntax (indent with spaces, quote texts with special characters)"
            )
        } catch let problem as ConfigurationProblem {
            throw problem
        } catch {
            preconditionFailure("no other error is thrown above: \(error)")
        }
    }

    private init(parser: consuming YAMLParser, limits: YAMLLimits) {
        self.parser = parser
        self.limits = limits
    }

    private mutating func document() throws -> YAMLNode? {
        _ = try parser.next()
        guard case .documentStart = try parser.next().kind else { return nil }
        let root = try node(try parser.next(), depth: 0)
        _ = try parser.next()
        let after = try parser.next()
        guard case .streamEnd = after.kind else {
            throw Self.problem(after.mark, "a second document begins", "keep one document in the file")
        }
        return root
    }

    private mutating func node(_ event: YAMLEvent, depth: Int) throws -> YAMLNode {
        nodes += 1
        guard nodes <= limits.values, depth <= limits.depth else {
            throw Self.problem(
                event.mark,
                "more than \(limits.values) values, or more than \(limits.depth) in one another",
                limits.fix
            )
        }
        if event.anchored || event.tagged { throw Self.unsupported(event.mark) }
        switch event.kind {
        case .scalar(let text, let plain):
            return YAMLNode(content: plain ? YAMLScalar.resolve(plain: text) : .string(text), mark: event.mark)
        case .sequenceStart: return YAMLNode(content: .sequence(try sequence(depth: depth)), mark: event.mark)
        case .mappingStart: return YAMLNode(content: .mapping(try mapping(depth: depth)), mark: event.mark)
        default: throw Self.unsupported(event.mark)
        }
    }

    private mutating func sequence(depth: Int) throws -> [YAMLNode] {
        var items: [YAMLNode] = []
        while true {
            let event = try parser.next()
            if case .sequenceEnd = event.kind { return items }
            items.append(try node(event, depth: depth + 1))
        }
    }

    private mutating func mapping(depth: Int) throws -> [YAMLNode.Entry] {
        var entries: [YAMLNode.Entry] = []
        var seen: [String: Int] = [:]
        while true {
            let event = try parser.next()
            if case .mappingEnd = event.kind { return entries }
            if event.anchored || event.tagged { throw Self.unsupported(event.mark) }
            guard case .scalar(let key, _) = event.kind else {
                throw Self.problem(event.mark, "a key is not a plain text", "write keys as words, one per line")
            }
            if let line = seen.updateValue(event.mark.line, forKey: key) {
                throw Self.problem(
                    event.mark,
                    "the key \(key.debugDescription) is already in line \(line)",
                    "keep one of them",
                    key: key
                )
            }
            let value = try node(try parser.next(), depth: depth + 1)
            entries.append(YAMLNode.Entry(key: key, keyMark: event.mark, value: value))
        }
    }

    private static func unsupported(_ mark: YAMLMark) -> ConfigurationProblem {
        problem(
            mark,
            "anchors, aliases and tags (&, *, !) are not supported",
            "write the value itself, quoted if need be"
        )
    }

    private static func problem(
        _ mark: YAMLMark,
        _ problem: String,
        _ fix: String,
        key: String = ""
    ) -> ConfigurationProblem {
        ConfigurationProblem(mark: mark, key: key, problem: problem, fix: fix)
    }
}

extension ConfigurationProblem: Error {}
