import GRPCServer
import Logging
import Synchronization

/// Logs every call when it ends: method, facts such as the volume's id, duration, status. Never a request or an answer.
public struct LoggingInterceptor: ServerInterceptor {
    private let logger: Logger
    private let quiet: Set<String>
    private let number: CallNumber

    /// - Parameters:
    ///   - logger: Where the lines go.
    ///   - quiet: Full names of methods that somebody calls every few seconds; they are logged at debug level while
    ///     they succeed.
    public init(logger: Logger, quiet: Set<String> = []) {
        self.logger = logger
        self.quiet = quiet
        number = CallNumber()
    }

    /// Runs the call between its lines.
    public func intercept(_ request: [UInt8], context: RPCContext, next: UnaryHandler) async throws -> [UInt8] {
        let call = number.next()
        let began = ContinuousClock.now
        logger.debug("began", metadata: ["call": "\(call)", "method": "\(context.method)"])
        do {
            let answer = try await next(request, context)
            let level: Logger.Level = quiet.contains(context.method) ? .debug : .info
            log(level, "finished", call: call, began: began, context: context, status: RPCStatus(.ok))
            return answer
        } catch {
            let status = error as? RPCStatus ?? RPCStatus(.unknown)
            log(Self.level(of: status.code), "failed", call: call, began: began, context: context, status: status)
            throw error
        }
    }

    /// What is wrong in here is an error; what is wrong with the request or with Ceph is a warning.
    private static func level(of code: StatusCode) -> Logger.Level {
        switch code {
        case .internal, .unknown, .dataLoss: .error
        default: .warning
        }
    }

    private func log(
        _ level: Logger.Level,
        _ message: Logger.Message,
        call: UInt64,
        began: ContinuousClock.Instant,
        context: RPCContext,
        status: RPCStatus
    ) {
        guard level >= logger.logLevel else { return }
        var fields: Logger.Metadata = [
            "call": "\(call)", "method": "\(context.method)", "code": "\(status.code.name)",
            "duration_ms": "\(Self.milliseconds(ContinuousClock.now - began))",
        ]
        if !status.message.isEmpty { fields["reason"] = "\(status.message)" }
        // Facts come last and win over nothing: a fact can't pass for the code or the method.
        for (name, value) in context.annotations where fields[name] == nil { fields[name] = "\(value)" }
        logger.log(level: level, message, metadata: fields)
    }

    /// Milliseconds with microseconds behind the point.
    private static func milliseconds(_ duration: Duration) -> String {
        let microseconds = duration / .microseconds(1)
        let whole = Int64(microseconds.rounded())
        let fraction = String(whole % 1000)
        return "\(whole / 1000)." + String(repeating: "0", count: 3 - fraction.utf8.count) + fraction
    }
}

/// Numbers calls, so that the lines of one can be found.
private final class CallNumber: Sendable {
    private let last = Atomic<UInt64>(0)
    func next() -> UInt64 { last.add(1, ordering: .relaxed).newValue }
}
