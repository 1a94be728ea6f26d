import Bytes
import CGRPC
import Glibc
import Synchronization
import System

/// The thread that accepts connections until it is stopped; then it closes the listener and removes the socket's name.
///
/// A connection is handed over when its peer has sent HTTP/2's preface. One that has not within the handshake's time is
/// hung up, and when every connection is taken, one that has never made a call gives way to a newcomer. One that has
/// made a call is left alone: sidecars keep theirs for life, and some end when it breaks.
final class ConnectionAcceptor: Sendable {
    /// How long to wait before trying again when the process is out of descriptors.
    private static let pauseMicroseconds: UInt32 = 50_000

    private let listener: UnixSocketListener
    private let ended = Promise<[Int32], Never>()

    /// Hands each connection to `onConnection`, at most `maximum` open at a time; more wait in the socket's backlog.
    init(
        _ listener: UnixSocketListener,
        maximum: Int,
        handshakeTime: Duration,
        callers: Callers,
        onConnection: @escaping @Sendable (Int32) -> Void
    ) {
        self.listener = listener
        WorkerThread.require("grpc-accept") { [ended] in
            var connections = OpenConnections(maximum: maximum, handshakeTime: handshakeTime, callers: callers)
            while let isWaiting = connections.wait(for: listener.descriptor) {
                for descriptor in connections.takeGreeted() { onConnection(descriptor) }
                guard isWaiting, connections.makeRoom() else { continue }
                let descriptor = cgrpc_accept(listener.descriptor)
                if descriptor >= 0, connections.add(descriptor) { continue }
                if descriptor >= 0 || errno == EMFILE || errno == ENFILE || errno == ENOMEM {
                    _ = close(descriptor)
                    usleep(Self.pauseMicroseconds)
                }
            }
            listener.close()
            ended.fulfill(connections.end())
        }
    }

    /// Stops accepting; returns when the socket is closed and its name gone.
    func stop() async {
        // Wakes the thread: poll(2) reports a hang-up of a listener that has been shut down.
        _ = shutdown(listener.descriptor, Int32(SHUT_RDWR))
        _ = await ended.value
    }

    /// Hangs up all connections, after `stop` and once. What has been written to them still arrives; whoever does not
    /// read can't hold anything up, as it can when it is the core that closes: that waits for a write under way.
    func hangUp() async {
        for descriptor in await ended.value {
            _ = shutdown(descriptor, Int32(SHUT_RDWR))
            _ = close(descriptor)
        }
    }
}

/// Which connections, by the core's own descriptors, have made a call.
final class Callers: Sendable {
    private let descriptors = Mutex<Set<Int32>>([])

    /// `peer` is what grpc_call_get_peer says of a connection made by grpc_server_add_channel_from_fd: `fd:12`.
    func insert(_ peer: String) {
        guard peer.begins(with: "fd:"), let descriptor = Int32(peer.dropFirst(3)) else { return }
        _ = descriptors.withLock { $0.insert(descriptor) }
    }

    func remove(_ descriptor: Int32) { _ = descriptors.withLock { $0.remove(descriptor) } }

    func contains(_ descriptor: Int32) -> Bool { descriptors.withLock { $0.contains(descriptor) } }
}
