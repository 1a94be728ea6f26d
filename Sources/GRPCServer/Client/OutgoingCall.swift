import CGRPC

/// One call on the client's side.
final class OutgoingCall: Sendable {
    private let channel: ClientChannel
    private let call: CoreCall

    init(_ channel: ClientChannel, method: String, timeout: Duration) {
        self.channel = channel
        call = channel.makeCall(method, timeout: timeout)
    }

    /// Sends the request and waits for the end of the call. To be called once.
    func run(_ request: [UInt8]) async -> Result<[UInt8], RPCStatus> {
        await withCheckedContinuation { continuation in
            let message = MessageBuffer(request)
            let results = CallResults()
            let tag = Tag { [channel] _ in
                let outcome = withExtendedLifetime((channel, message)) { results.outcome() }
                continuation.resume(returning: outcome)
            }
            call.start(operations(message, results), tag)
        }
    }

    func cancel() { call.cancel() }

    /// All there is to a unary call, in one batch.
    private func operations(_ message: MessageBuffer, _ results: CallResults) -> [grpc_op] {
        func operation(_ type: grpc_op_type, _ fill: (inout grpc_op) -> Void = { _ in }) -> grpc_op {
            var operation = grpc_op()
            operation.op = type
            fill(&operation)
            return operation
        }
        return [
            operation(GRPC_OP_SEND_INITIAL_METADATA),
            operation(GRPC_OP_SEND_MESSAGE) { $0.data.send_message.send_message = message.raw },
            operation(GRPC_OP_SEND_CLOSE_FROM_CLIENT),
            operation(GRPC_OP_RECV_INITIAL_METADATA) {
                $0.data.recv_initial_metadata.recv_initial_metadata = results.initialMetadata
            },
            operation(GRPC_OP_RECV_MESSAGE) { $0.data.recv_message.recv_message = results.message },
            operation(GRPC_OP_RECV_STATUS_ON_CLIENT) {
                $0.data.recv_status_on_client.trailing_metadata = results.trailingMetadata
                $0.data.recv_status_on_client.status = results.status
                $0.data.recv_status_on_client.status_details = results.details
                $0.data.recv_status_on_client.error_string = nil
            },
        ]
    }
}

/// Memory that the core fills while a call is under way. The call's tag holds it.
private final class CallResults: @unchecked Sendable {
    // Unchecked: the core writes before the event, the queue's thread reads after it.
    let initialMetadata = UnsafeMutablePointer<grpc_metadata_array>.allocate(capacity: 1)
    let trailingMetadata = UnsafeMutablePointer<grpc_metadata_array>.allocate(capacity: 1)
    let message = UnsafeMutablePointer<UnsafeMutablePointer<grpc_byte_buffer>?>.allocate(capacity: 1)
    let status = UnsafeMutablePointer<grpc_status_code>.allocate(capacity: 1)
    let details = UnsafeMutablePointer<grpc_slice>.allocate(capacity: 1)

    init() {
        grpc_metadata_array_init(initialMetadata)
        grpc_metadata_array_init(trailingMetadata)
        message.initialize(to: nil)
        status.initialize(to: GRPC_STATUS_UNKNOWN)
        details.initialize(to: grpc_empty_slice())
    }

    deinit {
        grpc_metadata_array_destroy(initialMetadata)
        grpc_metadata_array_destroy(trailingMetadata)
        grpc_slice_unref(details.pointee)
        if let message = message.pointee { grpc_byte_buffer_destroy(message) }
        initialMetadata.deallocate()
        trailingMetadata.deallocate()
        message.deallocate()
        status.deallocate()
        details.deallocate()
    }

    /// What the call came to; to be called once, after the event.
    func outcome() -> Result<[UInt8], RPCStatus> {
        let code = StatusCode(rawValue: Int32(status.pointee.rawValue)) ?? .unknown
        guard code == .ok else { return .failure(RPCStatus(code, String(copying: details.pointee))) }
        guard let buffer = message.pointee else {
            return .failure(RPCStatus(.unimplemented, "the answer has no message"))
        }
        message.pointee = nil
        guard let bytes = MessageBuffer(owning: buffer).bytes() else {
            return .failure(RPCStatus(.internal, "the answer's message can't be read"))
        }
        return .success(bytes)
    }
}
