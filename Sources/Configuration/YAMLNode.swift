/// A place in a YAML file, counted from 1 as editors do.
public struct YAMLMark: Sendable, Hashable {
    /// The line.
    public let line: Int
    /// The column, in characters.
    public let column: Int

    /// A place.
    public init(line: Int, column: Int) {
        self.line = line
        self.column = column
    }
}

/// A YAML value and where it stands: the JSON subset, without anchors, aliases and tags.
public struct YAMLNode: Sendable, Hashable {
    /// One key of a mapping and its value.
    public struct Entry: Sendable, Hashable {
        /// The key's text.
        public let key: String
        /// Where the key stands.
        public let keyMark: YAMLMark
        /// Its value.
        public let value: YAMLNode
    }

    /// What a value is, by YAML 1.2's core schema.
    public enum Content: Sendable, Hashable {
        /// Nothing: an empty value, `~` or `null`.
        case null
        /// A plain `true` or `false`.
        case boolean(Bool)
        /// A plain number, as written.
        case number(String)
        /// Anything else, and everything in quotes.
        case string(String)
        /// A list.
        case sequence([YAMLNode])
        /// A mapping in the file's order, without duplicate keys.
        case mapping([Entry])
    }

    /// The value.
    public let content: Content
    /// Where it begins.
    public let mark: YAMLMark

    /// What the value is, for error texts: `a number`.
    public var kind: String {
        switch content {
        case .null: "nothing"
        case .boolean: "a truth value"
        case .number: "a number"
        case .string: "a text"
        case .sequence: "a list"
        case .mapping: "a mapping"
        }
    }
}
