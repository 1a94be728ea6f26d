import ProtobufBridge

/// One method of a service, from request bytes to response bytes: what a server registers.
public struct CSIMethod: Sendable {
    /// The full name, e.g. `/csi.v1.Identity/Probe`.
    public let path: String

    /// Decodes a request, calls the service and encodes the response.
    ///
    /// Throws `ProtobufError` when the request is not acceptable, and otherwise what the service throws.
    public let invoke: @Sendable ([UInt8]) async throws -> [UInt8]

    /// Makes a method of a typed call.
    public init<Request: ProtobufMessage, Response: ProtobufMessage>(
        _ path: String,
        _ call: @escaping @Sendable (Request) async throws -> Response
    ) {
        self.path = path
        invoke = { bytes in
            try await call(Request(decoding: bytes)).encoded()
        }
    }
}
