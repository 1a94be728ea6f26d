import Bytes
import Synchronization
import System

/// A unary gRPC server on a Unix socket.
///
/// One thread accepts connections and one does the core's work; handlers run as Swift tasks. Each call's handler runs
/// beside the wait for the call's end, so that a deadline, a cancellation or a lost connection cancels it; a handler
/// that does not heed that is left to itself, and the client has its answer all the same.
public final class GRPCServer: Sendable {
    /// Where it listens.
    public let endpoint: ServerEndpoint

    private enum Phase {
        case idle
        case running(ConnectionAcceptor, ServerCore)
        case stopping
    }
    private let phase = Mutex(Phase.idle)
    private let stopped = Promise<Void, Never>()
    private let chain: HandlerChain
    private let options: ServerOptions
    private let registry: CallRegistry
    private let callers = Callers()

    /// A server for `methods`, by their full names (`/csi.v1.Identity/Probe`). It does nothing yet.
    ///
    /// - Throws: `ServerError.invalidMethod` if a name has not the form `/service/method`.
    public init(
        endpoint: ServerEndpoint,
        methods: [String: UnaryHandler],
        interceptors: [any ServerInterceptor] = [],
        options: ServerOptions = ServerOptions()
    ) throws {
        for name in methods.keys {
            let parts = name.split(byte: "/", omittingEmptySubsequences: false)
            guard parts.count == 3, parts[0].isEmpty, !parts[1].isEmpty, !parts[2].isEmpty else {
                throw ServerError.invalidMethod(name)
            }
        }
        self.endpoint = endpoint
        self.options = options
        chain = HandlerChain(methods: methods, interceptors: interceptors)
        registry = CallRegistry(maximumWorking: options.maximumConcurrentCalls)
    }

    /// Binds the socket and begins to serve; when it returns, clients can connect. From then on the server lives until
    /// it has been shut down, whether or not anybody holds it. It may wait up to two seconds for
    /// another server that starts in the same directory.
    ///
    /// - Throws: `EndpointError` if the socket can't be had; `ServerError.notIdle` if the server was started or shut
    ///   down before.
    public func start() throws {
        try phase.withLock { phase in
            guard case .idle = phase else { throw ServerError.notIdle }
            let listener = try UnixSocketListener(endpoint)
            let core = ServerCore(options, onWake: { [registry] in registry.expire() }) {
                self.accept($0, method: $1, deadline: $2)
            }
            let acceptor = ConnectionAcceptor(
                listener,
                maximum: options.maximumConnections,
                handshakeTime: options.handshakeTime,
                callers: callers
            ) { core.adopt($0) }
            phase = .running(acceptor, core)
        }
    }

    /// Serves until the server has been shut down, starting it first if that has not happened. Cancelling the task
    /// shuts down without grace.
    ///
    /// - Throws: what `start` throws.
    public func serve() async throws {
        let isIdle = phase.withLock { if case .idle = $0 { true } else { false } }
        if isIdle { try start() }
        await withTaskCancellationHandler {
            await stopped.value
        } onCancel: {
            Task { await shutdown(grace: .zero) }
        }
    }

    /// Stops: no new connections and calls (UNAVAILABLE), the socket's name removed; calls in flight have `grace` to
    /// finish, then they end with UNAVAILABLE and their handlers are cancelled. Returns when the server is gone, except
    /// for handlers that ignore their cancellation.
    ///
    /// It may be called again, with less grace, while it runs.
    public func shutdown(grace: Duration) async {
        let running: (ConnectionAcceptor, ServerCore)? = phase.withLock { phase in
            defer { phase = .stopping }
            switch phase {
            case .idle:
                stopped.fulfill(())
                return nil
            case .running(let acceptor, let core): return (acceptor, core)
            case .stopping: return nil
            }
        }
        registry.stopAdmitting()
        if let (acceptor, core) = running {
            await acceptor.stop()
            await drain(grace)
            await acceptor.hangUp()
            await core.shutDown(patience: options.flushTime)
            stopped.fulfill(())
        } else if !stopped.isResolved {
            await drain(grace)
            await stopped.value
        }
    }

    /// Waits for the calls in flight, and ends them when their time is up.
    private func drain(_ grace: Duration) async {
        await withTaskGroup { group in
            group.addTask { [registry, options] in
                do {
                    try await Task.sleep(for: grace)
                    registry.endAll(.stopping)
                    try await Task.sleep(for: options.flushTime)
                    // Whose answer is still stuck then is cut off.
                    registry.endAll(.stopping)
                } catch {
                    // Cancelled: all calls are done.
                }
            }
            await registry.waitUntilIdle()
            group.cancelAll()
        }
    }

    // MARK: Calls

    /// Takes over a call, on the queue's thread.
    private func accept(_ core: CoreCall, method: String, deadline: ContinuousClock.Instant?) {
        callers.insert(core.peer)
        let isKnown = chain.contains(method)
        let expiry = deadline == nil ? ContinuousClock.now + options.defaultDeadline : nil
        let context = RPCContext(
            method: isKnown ? method : StatusMessage.wireForm(of: String(method.prefix(128))),
            deadline: deadline ?? expiry,
            isKnownMethod: isKnown
        )
        let call = IncomingCall(core, context: context, expiry: expiry)
        call.watch()
        let refusal = registry.admit(call, isVital: options.vitalMethods.contains(method))
        Task { [self] in
            if let refusal { await refuse(call, refusal) } else { await work(on: call) }
        }
    }

    private func refuse(_ call: IncomingCall, _ status: RPCStatus) async {
        await call.answer(.failure(status))
        await close(call)
    }

    /// The handler and the wait for the call's end, side by side: whichever is first decides the answer. The group is
    /// left when the handler has returned, which does not hold up the answer and the call's release.
    private func work(on call: IncomingCall) async {
        await withTaskGroup(of: Result<[UInt8], RPCStatus>?.self) { group in
            group.addTask { [self] in await respond(to: call) }
            group.addTask {
                await call.ended.value
                return nil
            }
            if let result = await group.next() ?? nil {
                await call.answer(result)
            } else {
                group.cancelAll()
                if let status = call.context.ended, !call.closed.isResolved { await call.answer(.failure(status)) }
            }
            await close(call)
        }
        registry.finished()
    }

    private func close(_ call: IncomingCall) async {
        await call.closed.value
        call.release()
        registry.closed(call)
    }

    private func respond(to call: IncomingCall) async -> Result<[UInt8], RPCStatus> {
        let context = call.context
        var request: [UInt8] = []
        switch await call.receive() {
        case .message(let message):
            if let bytes = message.bytes() {
                request = bytes
            } else {
                context.end(RPCStatus(.internal, "the request's message can't be read"))
            }
        case .none:
            context.end(RPCStatus(.unimplemented, "the method takes exactly one message, and the call has none"))
        case .several: context.end(RPCStatus(.unimplemented, "the method takes exactly one message, the call has more"))
        case .failed: context.end(RPCStatus(.cancelled, "the request is incomplete, or over the limit"))
        }
        let result = await chain.respond(to: request, context: context)
        if case .success(let bytes) = result, bytes.count > options.maximumMessageBytes {
            return .failure(RPCStatus(.resourceExhausted, "the answer of \(bytes.count) bytes is over the limit"))
        }
        return result
    }
}
