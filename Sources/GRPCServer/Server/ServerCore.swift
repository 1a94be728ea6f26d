import CGRPC
import System

/// The core's server object, its completion queue, and the requests for calls that are outstanding there.
final class ServerCore: @unchecked Sendable {
    // Unchecked: the pointers are only handed to functions of the core that are thread-safe.

    /// Requests for calls that wait in the core, so that a burst need not wait for us one call at a time.
    private static let outstandingRequests = 8

    private let server: OpaquePointer
    private let credentials: OpaquePointer
    private let queue: CompletionQueue
    private let onCall: @Sendable (CoreCall, _ method: String, _ deadline: ContinuousClock.Instant?) -> Void

    /// A server that hands every call to `onCall`, on the queue's thread; `onWake` see `CompletionQueue`.
    init(
        _ options: ServerOptions,
        onWake: @escaping @Sendable () -> ContinuousClock.Instant?,
        onCall: @escaping @Sendable (CoreCall, _ method: String, _ deadline: ContinuousClock.Instant?) -> Void
    ) {
        CoreLibrary.start()
        self.onCall = onCall
        queue = CompletionQueue(name: "grpc-server", onWake: onWake)
        credentials = grpc_insecure_server_credentials_create()
        let arguments = [
            (GRPC_ARG_MAX_RECEIVE_MESSAGE_LENGTH, options.maximumMessageBytes),
            (GRPC_ARG_MAX_CONCURRENT_STREAMS, options.maximumCallsPerConnection),
            // Identity only: nothing on a local socket is worth compressing, and there is no bomb to expand.
            (GRPC_COMPRESSION_CHANNEL_ENABLED_ALGORITHMS_BITSET, 1),
            // Statistics that nobody asks for.
            (GRPC_ARG_ENABLE_CHANNELZ, 0),
            // A Unix socket has no bandwidth to probe for.
            (GRPC_ARG_HTTP2_BDP_PROBE, 0),
        ]
        server = CoreLibrary.withArguments(arguments) { grpc_server_create($0, nil) }
        grpc_server_register_completion_queue(server, queue.raw, nil)
        grpc_server_start(server)
        for _ in 0..<Self.outstandingRequests { requestCall() }
    }

    private func requestCall() {
        let slot = CallSlot()
        slot.request(
            from: server,
            queue.raw,
            Tag { [self] succeeded in
                // After a failure the server is shutting down: no further request.
                guard succeeded, let call = slot.takeCall() else { return }
                requestCall()
                onCall(call, slot.method, slot.deadline)
            }
        )
    }

    /// Serves a connected, non-blocking socket, which belongs to the core from now on. Not after `shutDown`.
    func adopt(_ descriptor: Int32) {
        grpc_server_add_channel_from_fd(server, descriptor, credentials)
    }

    /// Takes the server apart, when its connections have been hung up and no `adopt` is under way.
    ///
    /// Nothing is left to be polite about then, and calls that arrive on a connection while the core shuts down would
    /// be cut off by it with CANCELLED. A connection that is open all the same is closed by the core after `patience`.
    func shutDown(patience: Duration) async {
        let done = Promise<Void, Never>()
        grpc_server_shutdown_and_notify(server, queue.raw, Tag { _ in done.fulfill(()) }.pointer())
        await withTaskGroup { group in
            group.addTask { [self] in
                try? await Task.sleep(for: patience)
                if !Task.isCancelled { grpc_server_cancel_all_calls(server) }
            }
            await done.value
            group.cancelAll()
        }
        queue.shutDown()
        grpc_server_destroy(server)
        grpc_server_credentials_release(credentials)
    }
}
