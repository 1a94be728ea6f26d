import CGRPC

/// A reference to one of the core's calls, and the ways to start operations on it.
///
/// The core wants operations on one call started one at a time (grpc_call_start_batch), except that sending and receiving may overlap. Here
/// receiving is started on the queue's thread only, and there is a single sending batch.
struct CoreCall: @unchecked Sendable {
    // Unchecked: the core's calls are reference-counted and thread-safe within the rule above.
    let raw: OpaquePointer

    /// Starts `operations`; `tag` runs on the queue's thread when all have ended, or at once if they could not be started.
    func start(_ operations: [grpc_op], _ tag: Tag) {
        let pointer = tag.pointer()
        let error = operations.withUnsafeBufferPointer {
            grpc_call_start_batch(raw, $0.baseAddress, $0.count, pointer, nil)
        }
        if error != GRPC_CALL_OK { Tag.take(pointer).complete(false) }
    }

    /// Receives the next message; `done` gets nil at the end of the stream and after a failure.
    func receiveMessage(_ done: @escaping @Sendable (MessageBuffer?) -> Void) {
        let out = OutMemory<UnsafeMutablePointer<grpc_byte_buffer>?>(nil)
        var operation = grpc_op()
        operation.op = GRPC_OP_RECV_MESSAGE
        operation.data.recv_message.recv_message = out.pointer
        start([operation], Tag { _ in done(out.value.map { MessageBuffer(owning: $0) }) })
    }

    /// Whether a missing message means a failure rather than an orderly end of the stream.
    var failedBeforeMessage: Bool { grpc_call_failed_before_recv_message(raw) != 0 }

    /// Ends the call abruptly. Allowed from any thread until `release`.
    func cancel() { grpc_call_cancel(raw, nil) }

    /// Gives the reference back. Nothing may be done with the call afterwards.
    func release() { grpc_call_unref(raw) }
}
