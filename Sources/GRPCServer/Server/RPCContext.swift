import Synchronization

/// What surrounds one call: its name and its deadline, and what those who work on it want the log to say.
public final class RPCContext: Sendable {
    /// The call that the current task works on, if any.
    @TaskLocal public static var current: RPCContext?

    /// The full name: `/csi.v1.Identity/Probe`. Of an unknown method it is what the client sent, cleaned and cut.
    public let method: String
    /// Whether the server has this method: an unknown one's name is the client's choice, and not fit to be a metric's
    /// label.
    public let isKnownMethod: Bool
    /// When the answer has to be there: the client's deadline, or the server's default for a call without one.
    public let deadline: ContinuousClock.Instant?

    private struct State {
        var annotations: [(String, String)] = []
        var ended: RPCStatus?
    }
    private let state = Mutex(State())

    /// A context for a call of `method`; the server makes one for each call, and tests of interceptors make their own.
    public init(method: String, deadline: ContinuousClock.Instant? = nil, isKnownMethod: Bool = true) {
        self.method = method
        self.deadline = deadline
        self.isKnownMethod = isKnownMethod
    }

    /// Adds a fact for the log line of this call, such as the volume's id. Never a secret.
    public func annotate(_ key: String, _ value: String) {
        state.withLock { $0.annotations.append((key, value)) }
    }

    /// The facts added so far, oldest first.
    public var annotations: [(String, String)] { state.withLock { $0.annotations } }

    /// How the call ended before its handler did: the deadline passed, the client cancelled or was lost, the server
    /// stops. A handler may still be running then, and its result goes nowhere.
    public var ended: RPCStatus? { state.withLock { $0.ended } }

    func end(_ status: RPCStatus) {
        state.withLock { if $0.ended == nil { $0.ended = status } }
    }
}
