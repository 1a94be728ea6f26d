import Bytes
import CGRPC
import Synchronization

/// The lines that gRPC's C core writes about itself, led to wherever the process logs.
public enum CoreLog {
    /// How grave a line is.
    public enum Severity: Int32, Sendable, Hashable {
        /// Details for those who debug the core.
        case debug = 0
        /// Something noteworthy.
        case info = 1
        /// Something failed.
        case error = 2
    }

    private static let sink = Mutex<(@Sendable (Severity, String) -> Void)?>(nil)

    /// Sends the core's lines of at least `severity` to `sink`, in place of standard error. Call it before the first
    /// server or client.
    ///
    /// The sink runs on whichever thread the core is in, possibly with the core's locks held: it must neither block nor
    /// call gRPC. A line can hold bytes that a peer chose; control characters are replaced.
    public static func redirect(
        from severity: Severity = .error,
        to sink: @escaping @Sendable (Severity, String) -> Void
    ) {
        self.sink.withLock { $0 = sink }
        gpr_set_log_verbosity(gpr_log_severity(rawValue: UInt32(severity.rawValue)))
        gpr_set_log_function { arguments in
            guard let line = arguments?.pointee else { return }
            let severity = Severity(rawValue: Int32(line.severity.rawValue)) ?? .error
            let file = line.file.map { String(cString: $0) } ?? "?"
            let message = line.message.map { String(cString: $0) } ?? ""
            let text = "\(file.split(byte: "/").last ?? "?"):\(line.line): \(StatusMessage.wireForm(of: message))"
            let sink = CoreLog.sink.withLock { $0 }
            sink?(severity, text)
        }
    }
}
