import ArgumentParser
import Logging
import Observability

/// The levels of `--log-level`.
enum LogLevel: String, Sendable, CaseIterable, ExpressibleByArgument {
    case debug, info, warning, error

    /// The same for swift-log.
    var level: Logger.Level {
        switch self {
        case .debug: .debug
        case .info: .info
        case .warning: .warning
        case .error: .error
        }
    }
}

extension LogFormat: ExpressibleByArgument {}
