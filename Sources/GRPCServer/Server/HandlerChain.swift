/// The methods of a server with the interceptors around them, folded into one function that throws nothing but
/// `RPCStatus`.
struct HandlerChain: Sendable {
    private let methods: [String: UnaryHandler]
    private let whole: UnaryHandler

    init(methods: [String: UnaryHandler], interceptors: [any ServerInterceptor]) {
        self.methods = methods
        var next: UnaryHandler = { request, context in
            guard let method = methods[context.method] else {
                throw RPCStatus(.unimplemented, "this server has no method \(context.method)")
            }
            return try await Self.settled(context) { try await method(request, context) }
        }
        for interceptor in interceptors.reversed() {
            let inner = next
            next = { try await interceptor.intercept($0, context: $1, next: inner) }
        }
        whole = next
    }

    func contains(_ method: String) -> Bool { methods[method] != nil }

    /// Runs the method that `context` names.
    func respond(to request: [UInt8], context: RPCContext) async -> Result<[UInt8], RPCStatus> {
        await RPCContext.$current.withValue(context) {
            do throws(RPCStatus) {
                return .success(try await Self.settled(context) { try await whole(request, context) })
            } catch {
                return .failure(error)
            }
        }
    }

    /// The result of `body`, with every error turned into a status, and a call that has ended meanwhile into that end.
    private static func settled(
        _ context: RPCContext,
        _ body: () async throws -> [UInt8]
    ) async throws(RPCStatus) -> [UInt8] {
        let result: [UInt8]
        do {
            result = try await body()
        } catch {
            if let ended = context.ended { throw ended }
            switch error {
            case let status as RPCStatus where status.code != .ok: throw status
            case is CancellationError: throw RPCStatus(.cancelled, "the call was cancelled")
            default: throw RPCStatus(.internal, "internal error; the server's log has the details")
            }
        }
        if let ended = context.ended { throw ended }
        return result
    }
}
