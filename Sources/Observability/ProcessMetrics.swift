import System

extension MetricsRegistry {
    /// Adds what Prometheus calls the standard process metrics, as far as one reading of /proc tells them.
    public func addProcessMetrics() {
        let start = WallClock.now
        measured("process_start_time_seconds", help: "When the process started, in seconds since the epoch.") {
            Double(start.seconds) + Double(start.nanoseconds) / 1e9
        }
        measured("process_cpu_seconds_total", help: "Processor time used, in seconds.", isCounter: true) {
            ProcessFigures.current()?.processorSeconds
        }
        measured("process_resident_memory_bytes", help: "Resident memory in bytes, shared file pages included.") {
            ProcessFigures.current().map { Double($0.residentBytes) }
        }
        measured("process_threads", help: "Threads of the process.") {
            ProcessFigures.current().map { Double($0.threads) }
        }
    }
}
