import CGRPC

/// A reference to one of the core's calls, and the ways to start operations on it.
///
/// Whoever may still use the call holds this object, the tags of operations under way among them; the last one to let
/// go gives the call back to the core (grpc_call_unref).
///
/// The core wants operations on one call started one at a time (grpc_call_start_batch), except that sending and
/// receiving may overlap. Here receiving is started on the queue's thread only, and there is a single sending batch.
final class CoreCall: @unchecked Sendable {
    // Unchecked: the core's calls are reference-counted and thread-safe within the rule above.
    private let raw: OpaquePointer

    /// Takes over a reference.
    init(owning raw: OpaquePointer) { self.raw = raw }

    deinit { grpc_call_unref(raw) }

    /// Starts `operations`; `tag` runs on the queue's thread when all have ended, or at once if they could not be
    /// started.
    func start(_ operations: [grpc_op], _ tag: Tag) {
        let pointer = tag.pointer()
        let error = operations.withUnsafeBufferPointer {
            grpc_call_start_batch(raw, $0.baseAddress, $0.count, pointer, nil)
        }
        if error != GRPC_CALL_OK { Tag.take(pointer).complete(false) }
    }

    /// What an operation that receives came to.
    enum Received: Sendable {
        case message(MessageBuffer)
        /// The peer has no more messages.
        case end
        /// The call was cut off, or the message exceeded the limit.
        case failure
    }

    /// Receives the next message.
    func receiveMessage(_ done: @escaping @Sendable (Received) -> Void) {
        let out = OutMemory<UnsafeMutablePointer<grpc_byte_buffer>?>(nil)
        var operation = grpc_op()
        operation.op = GRPC_OP_RECV_MESSAGE
        operation.data.recv_message.recv_message = out.pointer
        start(
            [operation],
            Tag { [self] succeeded in
                if let buffer = out.value {
                    done(.message(MessageBuffer(owning: buffer)))
                } else {
                    done(succeeded && grpc_call_failed_before_recv_message(raw) == 0 ? .end : .failure)
                }
            }
        )
    }

    /// Where the call comes from, in the core's words: `fd:12` for a connection that it was handed.
    var peer: String {
        guard let text = grpc_call_get_peer(raw) else { return "" }
        defer { gpr_free(text) }
        return String(cString: text)
    }

    /// Ends the call abruptly, from any thread and at any time.
    func cancel() { grpc_call_cancel(raw, nil) }
}
