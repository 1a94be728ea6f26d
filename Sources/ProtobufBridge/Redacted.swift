/// A value that is not shown by printing, interpolating, dumping or reflecting what contains it.
///
/// Fields that the schema marks as secret have this type. ``exposed`` is the one way to the value, so that every
/// place that reads a secret can be found by name.
public struct Redacted<Value: Sendable & Equatable>: Sendable, Equatable {
    /// The value itself: not for logs, errors or command lines.
    public var exposed: Value

    /// Wraps a value.
    public init(_ value: Value) {
        exposed = value
    }
}

extension Redacted: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Always `<redacted>`.
    public var description: String { "<redacted>" }
    /// Always `<redacted>`.
    public var debugDescription: String { "<redacted>" }
    /// A mirror without children, so that `dump` and reflection-based loggers see nothing.
    public var customMirror: Mirror { Mirror(self, children: []) }
}

extension Redacted: ExpressibleByDictionaryLiteral where Value == [String: String] {
    /// Wraps a dictionary; of equal keys the last one counts.
    public init(dictionaryLiteral elements: (String, String)...) {
        self.init(Dictionary(elements) { _, last in last })
    }
}
