import CGRPC
import Glibc

/// The thread that accepts connections until it is stopped; then it closes the listener and removes the socket's name.
final class ConnectionAcceptor: Sendable {
    /// How long to wait before trying again when the process is out of descriptors.
    private static let pauseMicroseconds: UInt32 = 50_000

    private let listener: UnixSocketListener
    private let ended = OneShot<[Int32]>()

    /// Hands each connection to `onConnection`, at most `maximum` open at a time; more wait in the socket's backlog.
    init(_ listener: UnixSocketListener, maximum: Int, onConnection: @escaping @Sendable (Int32) -> Void) {
        self.listener = listener
        _ = WorkerThread("grpc-accept") { [ended] in
            var connections = OpenConnections()
            while connections.wait(for: listener.descriptor, hasRoom: connections.count < maximum) {
                let descriptor = cgrpc_accept(listener.descriptor)
                if descriptor >= 0, connections.add(descriptor) {
                    onConnection(descriptor)
                } else if descriptor >= 0 || errno == EMFILE || errno == ENFILE || errno == ENOMEM {
                    _ = close(descriptor)
                    usleep(Self.pauseMicroseconds)
                }
            }
            listener.close()
            ended.fire(connections.descriptors)
        }
    }

    /// Stops accepting; returns when the socket is closed and its name gone.
    func stop() async {
        // Wakes the thread: poll(2) reports a hang-up of a listener that has been shut down.
        _ = shutdown(listener.descriptor, Int32(SHUT_RDWR))
        _ = await ended.wait()
    }

    /// Hangs up all connections, after `stop` and once. What has been written to them still arrives; whoever does not
    /// read can't hold anything up, as it can when it is the core that closes: that waits for a write under way.
    func hangUp() async {
        for descriptor in await ended.wait() {
            _ = shutdown(descriptor, Int32(SHUT_RDWR))
            _ = close(descriptor)
        }
    }
}

/// A second descriptor for each connection that the core has: by it we learn when a connection ends, and can end it,
/// without touching the core's own, whose number may mean something else by the time we use it.
private struct OpenConnections {
    private(set) var descriptors: [Int32] = []

    var count: Int { descriptors.count }

    /// False if there is no descriptor left to watch the connection with.
    mutating func add(_ connection: Int32) -> Bool {
        let second = fcntl(connection, F_DUPFD_CLOEXEC, 0)
        if second >= 0 { descriptors.append(second) }
        return second >= 0
    }

    /// Waits for a connection to accept, and forgets those that end meanwhile. False when the listener has been shut
    /// down.
    mutating func wait(for listener: Int32, hasRoom: Bool) -> Bool {
        // A hang-up is reported whether or not one asks for it, and nothing else is wanted of connections.
        var waits = [pollfd(fd: listener, events: hasRoom ? Int16(POLLIN) : 0, revents: 0)]
        waits += descriptors.map { pollfd(fd: $0, events: 0, revents: 0) }
        while poll(&waits, nfds_t(waits.count), -1) < 0 && errno == EINTR {}
        for ended in waits.dropFirst() where ended.revents != 0 { _ = close(ended.fd) }
        descriptors = waits.dropFirst().filter { $0.revents == 0 }.map(\.fd)
        return Int32(waits[0].revents) & (POLLHUP | POLLERR | POLLNVAL) == 0
    }
}
