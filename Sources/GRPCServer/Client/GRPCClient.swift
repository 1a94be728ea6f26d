import CGRPC
import Synchronization

/// A client for unary calls over a Unix socket: one connection, made with the first call and again when it is lost.
///
/// For the command line and for tests; it shares the core with the server and nothing else.
public final class GRPCClient: Sendable {
    private struct State {
        var channel: ClientChannel?
        var calls: [ObjectIdentifier: OutgoingCall] = [:]
    }
    private let state: Mutex<State>

    /// A client of the server at `endpoint`. It does not connect yet.
    public init(endpoint: ServerEndpoint, maximumMessageBytes: Int = 4 * 1024 * 1024) {
        state = Mutex(State(channel: ClientChannel(endpoint, maximumMessageBytes: maximumMessageBytes)))
    }

    deinit { close() }

    /// Calls `method` (`/service/method`) with one message and returns the answer's.
    ///
    /// Cancelling the task cancels the call.
    ///
    /// - Throws: `RPCStatus`: the server's, or the core's own: UNAVAILABLE without a connection, DEADLINE_EXCEEDED
    ///   after `timeout`, CANCELLED after a cancellation or `close`.
    public func call(_ method: String, _ request: [UInt8], timeout: Duration = .seconds(60)) async throws -> [UInt8] {
        let call: OutgoingCall? = state.withLock { state in
            guard let channel = state.channel else { return nil }
            let call = OutgoingCall(channel, method: method, timeout: timeout)
            state.calls[ObjectIdentifier(call)] = call
            return call
        }
        guard let call else { throw RPCStatus(.cancelled, "the client is closed") }
        defer { state.withLock { $0.calls[ObjectIdentifier(call)] = nil } }
        return try await withTaskCancellationHandler {
            try await call.run(request).get()
        } onCancel: {
            call.cancel()
        }
    }

    /// Closes the connection. Calls under way end with CANCELLED, as do later ones.
    public func close() {
        let calls = state.withLock { state in
            // Calls under way keep the channel until they have ended.
            state.channel = nil
            return Array(state.calls.values)
        }
        calls.forEach { $0.cancel() }
    }
}
