import CGRPC
import Glibc

/// The thread that accepts connections, until it is stopped; then it closes the listener and removes the socket.
final class ConnectionAcceptor: Sendable {
    /// How long to wait before trying again when there is no room for a connection.
    private static let pauseMicroseconds: UInt32 = 50_000

    private let listener: UnixSocketListener
    private let ended = OneShot<Void>()

    /// Hands each connection to `onConnection`, at most `maximum` open at a time.
    init(_ listener: UnixSocketListener, maximum: Int, onConnection: @escaping @Sendable (Int32) -> Void) {
        self.listener = listener
        _ = WorkerThread("grpc-accept") { [ended] in
            Self.run(listener.descriptor, maximum, onConnection)
            listener.close()
            ended.fire(())
        }
    }

    /// Stops accepting; returns when the socket is closed and its name gone. To be called once.
    func stop() async {
        // Wakes the thread: accept(2) fails with EINVAL on a socket that has been shut down.
        _ = shutdown(listener.descriptor, Int32(SHUT_RDWR))
        await ended.wait()
    }

    private static func run(_ listener: Int32, _ maximum: Int, _ onConnection: (Int32) -> Void) {
        var connections = Connections()
        while true {
            let descriptor = cgrpc_accept(listener)
            if descriptor >= 0 {
                connections.add(descriptor)
                onConnection(descriptor)
                while connections.count >= maximum, connections.countOpen() >= maximum, isListening(listener) {
                    usleep(pauseMicroseconds)
                }
                continue
            }
            switch errno {
            case EINTR, ECONNABORTED: continue
            case EINVAL: return
            // Out of descriptors or memory: the connection waits in the backlog.
            default: usleep(pauseMicroseconds)
            }
        }
    }

    /// Whether `stop` has not been called yet.
    private static func isListening(_ listener: Int32) -> Bool {
        var wait = pollfd(fd: listener, events: 0, revents: 0)
        return poll(&wait, 1, 0) == 0
    }
}

/// Counts connections, which the core closes without telling: a descriptor that leads to another inode than before has been closed.
private struct Connections {
    private var inodes: [Int32: ino_t] = [:]

    /// An upper bound of what is open.
    var count: Int { inodes.count }

    mutating func add(_ descriptor: Int32) { inodes[descriptor] = Self.inode(of: descriptor) }

    mutating func countOpen() -> Int {
        inodes = inodes.filter { Self.inode(of: $0.key) == $0.value }
        return inodes.count
    }

    private static func inode(of descriptor: Int32) -> ino_t? {
        var status = stat()
        return fstat(descriptor, &status) == 0 ? status.st_ino : nil
    }
}
