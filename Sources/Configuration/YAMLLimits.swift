/// How much a YAML text may hold.
public struct YAMLLimits: Sendable, Hashable {
    /// Values in all.
    public var values: Int
    /// Lists and mappings in one another.
    public var depth: Int
    /// What to do about a text that has more, for messages.
    public var fix: String

    /// A configuration: hundreds of clusters, and a few milliseconds to read; the schema needs a depth of 4.
    public static let configuration = YAMLLimits(
        values: 20_000,
        depth: 16,
        fix: "a configuration needs far less; check that this is the right file"
    )
    /// What `kubectl get` prints of some ten thousand objects.
    public static let objects = YAMLLimits(
        values: 4_000_000,
        depth: 64,
        fix: "split the list, or let kubectl print JSON"
    )
}

/// YAML files that are no configuration.
public enum YAMLFile {
    /// The value of the one document in `bytes`; nil when there is none.
    ///
    /// - Throws: ``ConfigurationProblem`` for what is no YAML, or has anchors, aliases or tags.
    public static func value(of bytes: [UInt8], limits: YAMLLimits) throws(ConfigurationProblem) -> YAMLNode? {
        try YAMLComposer.compose(bytes, limits: limits)
    }
}
