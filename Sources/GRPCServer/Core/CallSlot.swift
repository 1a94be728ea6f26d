import CGRPC

/// Room for one call that is to come: grpc_server_request_call writes into it. Held by that request's tag.
final class CallSlot: @unchecked Sendable {
    // Unchecked: the core writes before the event, the queue's thread reads after it.
    private let details: UnsafeMutablePointer<grpc_call_details>
    private let metadata: UnsafeMutablePointer<grpc_metadata_array>
    private let call: UnsafeMutablePointer<OpaquePointer?>

    init() {
        details = .allocate(capacity: 1)
        metadata = .allocate(capacity: 1)
        call = .allocate(capacity: 1)
        grpc_call_details_init(details)
        grpc_metadata_array_init(metadata)
        call.initialize(to: nil)
    }

    deinit {
        // Frees the array; its elements belong to the call. The details' slices belong to us.
        grpc_metadata_array_destroy(metadata)
        grpc_call_details_destroy(details)
        details.deallocate()
        metadata.deallocate()
        call.deallocate()
    }

    /// Asks for a call. `tag` runs with false when the server shuts down.
    func request(from server: OpaquePointer, _ queue: OpaquePointer, _ tag: Tag) {
        let pointer = tag.pointer()
        if grpc_server_request_call(server, call, details, metadata, queue, queue, pointer) != GRPC_CALL_OK {
            Tag.take(pointer).complete(false)
        }
    }

    /// The call that came. To be called once.
    func takeCall() -> CoreCall? {
        call.pointee.map { CoreCall(owning: $0) }
    }

    var method: String { String(copying: details.pointee.method) }
    /// Nil if the client set none.
    var deadline: ContinuousClock.Instant? { CoreTime.instant(of: details.pointee.deadline) }
}
