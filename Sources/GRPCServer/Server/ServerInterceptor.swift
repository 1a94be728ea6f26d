/// Answers one request: bytes in, bytes out.
///
/// To answer with an error it throws `RPCStatus`. `CancellationError` becomes the reason for the cancellation
/// (DEADLINE_EXCEEDED, CANCELLED, UNAVAILABLE); any other error becomes INTERNAL, and its text stays here.
public typealias UnaryHandler = @Sendable (_ request: [UInt8], _ context: RPCContext) async throws -> [UInt8]

/// Something that happens around every call: logging, metrics, limits.
///
/// Interceptors nest in the order of their list, the first outermost. They see calls of unknown methods too (`next`
/// then throws UNIMPLEMENTED), but not those that the server refuses unread: over the limit of concurrent calls, or
/// while it stops.
public protocol ServerInterceptor: Sendable {
    /// Handles `request` by calling `next` (or not, to answer in its place).
    ///
    /// Every error that `next` throws is an `RPCStatus`, and is what the client gets: if the call ended before the
    /// handler did, its late result is replaced by the status of that end.
    func intercept(_ request: [UInt8], context: RPCContext, next: UnaryHandler) async throws -> [UInt8]
}
