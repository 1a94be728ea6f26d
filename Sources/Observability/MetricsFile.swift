import Logging
import System

/// Keeps a file with the metrics page for node_exporter's textfile collector.
public struct MetricsFile: Sendable {
    private let path: String
    private let interval: Duration
    private let registry: MetricsRegistry
    private let logger: Logger

    /// A file at `path` that is rewritten every `interval`; its name should end in `.prom`.
    public init(path: String, interval: Duration = .seconds(15), registry: MetricsRegistry, logger: Logger) {
        self.path = path
        self.interval = interval
        self.registry = registry
        self.logger = logger
    }

    /// Writes the file at once and then every interval, until the task is cancelled; then removes it, so that nobody
    /// takes the last figures of a process that is gone for the present. A write that fails is logged when it begins to.
    public func keep() async {
        var isFailing = false
        while !Task.isCancelled {
            do {
                try SmallFile.replace(path, with: Array(registry.page().utf8))
                isFailing = false
            } catch {
                if !isFailing {
                    logger.warning(
                        "the metrics file can't be written (--metrics-file)",
                        metadata: ["reason": "\(error)"]
                    )
                }
                isFailing = true
            }
            try? await Task.sleep(for: interval)
        }
        SmallFile.remove(path)
    }
}
