import Bytes

/// A secret in memory: a cephx key, a sealed payload's plaintext.
///
/// Its memory is overwritten when the last copy goes. Printing, interpolating, dumping or reflecting a `Secret` shows `<redacted>`; the one way to its text is
/// ``withExposed(_:)``, so every place that reads a key can be found by name.
public struct Secret: Sendable, Hashable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    private let text: WipedText

    /// Wraps `text`; it is never empty-checked here, the edge validates what a request brings.
    public init(_ text: String) {
        self.text = WipedText(text)
    }

    /// Runs `body` with the secret's text. Do not let the text outlive the call that needs it.
    public func withExposed<Result>(_ body: (String) throws -> Result) rethrows -> Result {
        try text.withExposed(body)
    }

    /// Always `<redacted>`.
    public var description: String { "<redacted>" }
    /// Always `<redacted>`.
    public var debugDescription: String { description }
    /// A mirror without children, so that `dump` and reflection-based loggers see nothing.
    public var customMirror: Mirror { Mirror(self, children: []) }
}
