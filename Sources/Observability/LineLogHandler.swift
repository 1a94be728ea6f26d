import Logging
import System

/// A log handler that writes each event as one line.
public struct LineLogHandler: LogHandler {
    /// What is logged.
    public var logLevel: Logger.Level
    /// Fields of every line.
    public var metadata: Logger.Metadata = [:]
    /// Fields that depend on the task.
    public var metadataProvider: Logger.MetadataProvider?

    private let format: LogFormat
    private let write: @Sendable ([UInt8]) -> Void

    /// A handler for events of at least `level`.
    ///
    /// `write` takes a whole line with its end, from any thread; standard error unless said otherwise.
    public init(
        level: Logger.Level,
        format: LogFormat,
        write: (@Sendable ([UInt8]) -> Void)? = nil
    ) {
        logLevel = level
        self.format = format
        self.write = write ?? { line in StandardError.write(line) { Self.lost($0, format) } }
    }

    /// The line that stands where `count` lines are missing.
    private static func lost(_ count: UInt64, _ format: LogFormat) -> [UInt8] {
        let message = "lines of the log are missing here: standard error was not read in time, or did not accept them"
        let line = LogLine(time: .now, level: .warning, message: message, fields: [(name: "lines", value: "\(count)")])
        return format.render(line)
    }

    /// Writes the event.
    public func log(event: LogEvent) {
        var fields = metadata
        if let provided = metadataProvider?.get() { fields.merge(provided) { _, new in new } }
        if let own = event.metadata { fields.merge(own) { _, new in new } }
        if let error = event.error { fields["error"] = "\(error)" }
        let line = LogLine(
            time: .now,
            level: event.level,
            message: event.message.description,
            fields: LogLine.flatten(fields)
        )
        write(format.render(line))
    }

    /// One of the fields of every line.
    public subscript(metadataKey key: String) -> Logger.MetadataValue? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }
}

extension Logger {
    /// The process's logger: lines on standard error. It is handed to whoever logs; nothing is global.
    public static func standardError(level: Logger.Level, format: LogFormat) -> Logger {
        Logger(label: "cephfs-csi") { _ in LineLogHandler(level: level, format: format) }
    }
}
