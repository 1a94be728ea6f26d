import Logging
import Synchronization

@testable import Observability

/// What loggers wrote.
final class CapturedLog: Sendable {
    private let bytes = Mutex<[UInt8]>([])

    /// Everything that was written.
    var text: String { bytes.withLock { String(decoding: $0, as: UTF8.self) } }
    /// Its lines, without their ends.
    var lines: [String] { text.unicodeScalars.split(separator: "\n").map(String.init) }

    func logger(_ format: LogFormat, level: Logger.Level) -> Logger {
        Logger(label: "test") { _ in
            LineLogHandler(level: level, format: format) { [self] line in bytes.withLock { $0 += line } }
        }
    }
}
