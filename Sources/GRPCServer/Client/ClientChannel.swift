import CGRPC

/// A channel and its queue. Every call holds it until its last event has come, so that it is taken apart when nothing
/// is under way.
final class ClientChannel: @unchecked Sendable {
    // Unchecked: the core's channels are thread-safe.
    private let raw: OpaquePointer
    private let queue: CompletionQueue

    init(_ endpoint: ServerEndpoint, maximumMessageBytes: Int) {
        CoreLibrary.start()
        let arguments = [
            (GRPC_ARG_MAX_RECEIVE_MESSAGE_LENGTH, maximumMessageBytes),
            // Two clients of a process are two connections.
            (GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1),
            // What the caller sees is what happened once: no retries, no proxies, no configuration from elsewhere.
            (GRPC_ARG_ENABLE_RETRIES, 0),
            (GRPC_ARG_ENABLE_HTTP_PROXY, 0),
            (GRPC_ARG_SERVICE_CONFIG_DISABLE_RESOLUTION, 1),
            (GRPC_ARG_ENABLE_CHANNELZ, 0),
            (GRPC_ARG_HTTP2_BDP_PROBE, 0),
            // A server that restarts is back in milliseconds.
            (GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100),
            (GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 100),
            (GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 1000),
        ]
        let credentials = grpc_insecure_credentials_create()
        defer { grpc_channel_credentials_release(credentials) }
        raw = CoreLibrary.withArguments(arguments) { grpc_channel_create(endpoint.target, credentials, $0) }
        queue = CompletionQueue(name: "grpc-client")
    }

    deinit {
        grpc_channel_destroy(raw)
        queue.shutDown()
    }

    /// A call that has not begun.
    func makeCall(_ method: String, timeout: Duration) -> CoreCall {
        let call = withSlice(method) { slice in
            // No parent, so nothing to propagate. The core takes its own reference to the slice.
            grpc_channel_create_call(raw, nil, 0, queue.raw, slice, nil, CoreTime.timespec(in: timeout), nil)
        }
        guard let call else { preconditionFailure("grpc_channel_create_call returned nothing") }
        return CoreCall(owning: call)
    }
}
