/// The limits of a server. The defaults suit a plugin whose clients are a few trusted processes on the same machine.
public struct ServerOptions: Sendable {
    /// The largest request and the largest answer, in bytes; beyond it the call ends with RESOURCE_EXHAUSTED.
    public var maximumMessageBytes = 4 * 1024 * 1024
    /// How long a call may take whose client set no deadline.
    public var defaultDeadline: Duration = .seconds(600)
    /// Calls being worked on at a time, handlers that ignore their cancellation included; beyond it a call is refused
    /// with UNAVAILABLE.
    public var maximumConcurrentCalls = 256
    /// Methods that are served beyond that bound too, up to as many calls again: quick ones by which others see that the
    /// process lives. By their full names.
    public var vitalMethods: Set<String> = []
    /// Calls that one connection may have open; beyond it, clients keep calls waiting on their side
    /// (SETTINGS_MAX_CONCURRENT_STREAMS).
    public var maximumCallsPerConnection = 128
    /// Open connections; beyond it new ones wait in the socket's backlog, unless one that has never made a call can go.
    public var maximumConnections = 128
    /// How long a peer has to begin to speak HTTP/2 before it is hung up; and to make its first call before its
    /// connection may have to give way to another peer's.
    public var handshakeTime: Duration = .seconds(5)
    /// How long answers that were decided at the end of the grace period have to reach their clients.
    public var flushTime: Duration = .milliseconds(250)

    /// The defaults.
    public init() {}
}
