import CGRPC
import Synchronization
import System

/// One call on the server's side, from its acceptance to its end in the core.
///
/// Two things can end it: our answer, or the core (the client's deadline passed or it cancelled, the connection was
/// lost). `closed` fires in either case, once the core has nothing more to say about the call; then, and when the
/// answer's batch has ended too, `release` lets go of it. The handler may be running still: it knows the context alone.
final class IncomingCall: Sendable {
    /// What came in.
    enum Request: Sendable {
        case message(MessageBuffer)
        /// The client closed its side without a message.
        case none
        /// More than one message: the client thinks that the method takes a stream.
        case several
        /// The call failed before its message was complete.
        case failed
    }

    let context: RPCContext
    /// When the server ends the call by itself; nil if the client set a deadline, which the core watches.
    let expiry: ContinuousClock.Instant?
    /// Fires when the handler has no reason to go on; `context.ended` then says why, unless the call went well.
    let ended = Promise<Void, Never>()
    /// Fires when the core is done with the call.
    let closed = Promise<Void, Never>()

    private struct Progress {
        var isAnswered = false
        /// How often the server has ended the call.
        var ends = 0
    }
    private let begin = ContinuousClock.now
    /// Nil once released.
    private let core: Mutex<CoreCall?>
    private let progress = Mutex(Progress())

    init(_ call: CoreCall, context: RPCContext, expiry: ContinuousClock.Instant?) {
        core = Mutex(call)
        self.context = context
        self.expiry = expiry
    }

    /// Starts the wait for the call's end. To be called once, before everything else.
    func watch() {
        let cancelled = OutMemory<Int32>(0)
        var operation = grpc_op()
        operation.op = GRPC_OP_RECV_CLOSE_ON_SERVER
        operation.data.recv_close_on_server.cancelled = cancelled.pointer
        start(
            [operation],
            Tag { [self] succeeded in
                if !succeeded || cancelled.value != 0 { context.end(endInCore()) }
                ended.fulfill(())
                closed.fulfill(())
            }
        )
    }

    /// The core does not say why it ended a call; the clock does. A client that watches its deadline cancels the call
    /// when it comes, which is before ours: by the way that the request took, and by the wire form of the timeout,
    /// which is rounded up by as much as a hundredth.
    private func endInCore() -> RPCStatus {
        if let deadline = context.deadline {
            let now = ContinuousClock.now
            let tolerance = max(begin.duration(to: deadline) / 64, .milliseconds(20))
            if now >= deadline - tolerance { return .deadlinePassed }
        }
        return RPCStatus(.cancelled, "the client cancelled the call, or its connection was lost")
    }

    /// Receives the request: one message, then the end of the client's side.
    func receive() async -> Request {
        guard let call = core.withLock({ $0 }) else { return .failed }
        return await withCheckedContinuation { continuation in
            call.receiveMessage { [call] first in
                guard case .message(let message) = first else {
                    continuation.resume(returning: first.isEnd ? .none : .failed)
                    return
                }
                call.receiveMessage { second in
                    switch second {
                    case .end: continuation.resume(returning: .message(message))
                    case .message: continuation.resume(returning: .several)
                    case .failure: continuation.resume(returning: .failed)
                    }
                }
            }
        }
    }

    /// Ends the call from the server's side: politely the first time, which leaves an answer that is on its way alone;
    /// the second time a call that is stuck (its client does not read) is cut off.
    func end(_ status: RPCStatus) {
        let (isAnswered, isFirst) = progress.withLock { progress in
            defer { progress.ends += 1 }
            return (progress.isAnswered, progress.ends == 0)
        }
        if !isFirst {
            core.withLock { $0 }?.cancel()
        } else if !isAnswered {
            context.end(status)
            ended.fulfill(())
        }
    }

    /// Sends the answer and waits until it is on its way. Only the first answer counts.
    func answer(_ result: Result<[UInt8], RPCStatus>) async {
        let isFirst = progress.withLock { progress in
            defer { progress.isAnswered = true }
            return !progress.isAnswered
        }
        guard isFirst else { return }
        await withCheckedContinuation { continuation in
            switch result {
            case .success(let bytes): send(RPCStatus(.ok), MessageBuffer(bytes)) { continuation.resume() }
            case .failure(let status): send(status, nil) { continuation.resume() }
            }
        }
    }

    private func send(_ status: RPCStatus, _ message: MessageBuffer?, _ done: @escaping @Sendable () -> Void) {
        var operations: [grpc_op] = []
        var metadata = grpc_op()
        metadata.op = GRPC_OP_SEND_INITIAL_METADATA
        operations.append(metadata)
        if let message {
            var operation = grpc_op()
            operation.op = GRPC_OP_SEND_MESSAGE
            operation.data.send_message.send_message = message.raw
            operations.append(operation)
        }
        withSlice(StatusMessage.wireForm(of: status.message)) { details in
            withUnsafeMutablePointer(to: &details) { details in
                var operation = grpc_op()
                operation.op = GRPC_OP_SEND_STATUS_FROM_SERVER
                operation.data.send_status_from_server.status = grpc_status_code(rawValue: status.code.rawValue)
                // Copied by the core before start returns.
                operation.data.send_status_from_server.status_details = details
                operations.append(operation)
                // The tag keeps the message until the batch has ended.
                start(operations, Tag { _ in withExtendedLifetime(message) { done() } })
            }
        }
    }

    private func start(_ operations: [grpc_op], _ tag: Tag) {
        if let call = core.withLock({ $0 }) { call.start(operations, tag) } else { tag.complete(false) }
    }

    /// Lets go of the core's call: after `closed` has fired and `answer` has returned. A receive may still be on its
    /// way out; it holds the call until then.
    func release() { core.withLock { $0 = nil } }
}

extension CoreCall.Received {
    fileprivate var isEnd: Bool { if case .end = self { true } else { false } }
}

extension RPCStatus {
    static let deadlinePassed = RPCStatus(.deadlineExceeded, "the deadline passed before the answer")
    static let stopping = RPCStatus(.unavailable, "the server is stopping")
    static let overloaded = RPCStatus(.unavailable, "the server has reached its limit of concurrent calls; retry later")
}
