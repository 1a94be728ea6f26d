import Logging
import System

/// One line of the log, before it has a format.
struct LogLine: Sendable {
    let time: WallClock
    let level: Logger.Level
    let message: String
    /// Names and values, sorted by name.
    let fields: [(name: String, value: String)]

    /// Flattens metadata: nested dictionaries become `outer.inner`, lists `name.0`.
    static func flatten(_ metadata: Logger.Metadata, prefix: String = "") -> [(name: String, value: String)] {
        metadata.sorted { $0.key < $1.key }.flatMap { flatten($0.value, name: prefix + $0.key) }
    }

    private static func flatten(_ value: Logger.MetadataValue, name: String) -> [(name: String, value: String)] {
        switch value {
        case .string(let text): [(name, text)]
        case .stringConvertible(let value): [(name, value.description)]
        case .dictionary(let nested): flatten(nested, prefix: name + ".")
        case .array(let values): values.enumerated().flatMap { flatten($0.element, name: "\(name).\($0.offset)") }
        }
    }
}
