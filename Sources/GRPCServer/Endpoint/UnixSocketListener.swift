import Glibc
import System

/// A listening Unix socket, and the name it has in the file system.
///
/// We listen ourselves, and hand accepted connections to the core, because the core's own listener replaces even a live
/// socket, gives it the umask's mode for a moment, and unlinks whatever has its name in the end.
final class UnixSocketListener: Sendable {
    /// What accept(2) takes.
    let descriptor: Int32
    private let endpoint: ServerEndpoint
    private let identity: FileIdentity

    /// Binds `endpoint` and listens: the directory is made if missing, a stale socket is replaced, and the socket has
    /// mode 0600 from its first instant.
    ///
    /// - Throws: `EndpointError`, having changed nothing, if another process serves the socket or the name is not a
    ///   socket's.
    init(_ endpoint: ServerEndpoint) throws(EndpointError) {
        self.endpoint = endpoint
        try Directory.make(endpoint.directory)
        let lock = try DirectoryLock(endpoint.directory)
        defer { lock.release() }
        try Self.removeStaleSocket(endpoint.path)
        descriptor = try Self.listening(at: endpoint.path)
        do {
            identity = try FileIdentity(ofPath: endpoint.path)
        } catch {
            _ = Glibc.close(descriptor)
            throw error
        }
    }

    /// Stops listening and removes the socket's name, unless another server has taken it meanwhile. To be called once.
    func close() {
        // Without the lock (somebody holds it, or the directory is gone) there is nothing better than to go on: the
        // name is checked anyway.
        let lock = try? DirectoryLock(endpoint.directory)
        if let current = try? FileIdentity(ofPath: endpoint.path), current == identity {
            _ = unlink(endpoint.path)
        }
        lock?.release()
        _ = Glibc.close(descriptor)
    }

    /// Finds out what has the name: nothing or a dead socket (which is removed) is fine.
    private static func removeStaleSocket(_ path: String) throws(EndpointError) {
        var status = stat()
        guard lstat(path, &status) == 0 else {
            if errno == ENOENT { return }
            throw EndpointError.system(call: "lstat", path: path, errno: errno)
        }
        guard status.st_mode & S_IFMT == S_IFSOCK else { throw EndpointError.notASocket(path: path) }
        switch try probe(path) {
        case .live: throw EndpointError.inUse(path: path)
        case .dead:
            guard unlink(path) == 0 || errno == ENOENT else {
                throw EndpointError.system(call: "unlink", path: path, errno: errno)
            }
        }
    }

    private enum Probe { case live, dead }

    /// Connects to see whether anybody listens. It does not block: a full backlog (EAGAIN) is a listener too.
    private static func probe(_ path: String) throws(EndpointError) -> Probe {
        let probe = try openSocket(path)
        defer { _ = Glibc.close(probe) }
        let result = withSocketAddress(path) { connect(probe, $0, $1) }
        if result == 0 || errno == EAGAIN || errno == EINPROGRESS { return .live }
        switch errno {
        case ECONNREFUSED, ENOENT: return .dead
        // A datagram or seqpacket socket of another program.
        case EPROTOTYPE: return .live
        default: throw EndpointError.system(call: "connect", path: path, errno: errno)
        }
    }

    private static func listening(at path: String) throws(EndpointError) -> Int32 {
        let descriptor = try openSocket(path)
        func fail(_ call: String) -> EndpointError {
            let code = errno
            _ = Glibc.close(descriptor)
            return .system(call: call, path: path, errno: code)
        }
        // On Linux the name inherits the mode of the unbound socket, masked by the umask (net/unix/af_unix.c): so there
        // is no moment with another mode, and no need to change the process's umask under the feet of other threads.
        guard fchmod(descriptor, 0o600) == 0 else { throw fail("fchmod") }
        guard withSocketAddress(path, { bind(descriptor, $0, $1) }) == 0 else { throw fail("bind") }
        guard listen(descriptor, SOMAXCONN) == 0 else {
            let error = fail("listen")
            _ = unlink(path)
            throw error
        }
        return descriptor
    }

    private static func openSocket(_ path: String) throws(EndpointError) -> Int32 {
        let type = [SOCK_STREAM, SOCK_CLOEXEC, SOCK_NONBLOCK].reduce(0) { $0 | Int32($1.rawValue) }
        let descriptor = socket(AF_UNIX, type, 0)
        guard descriptor >= 0 else { throw EndpointError.system(call: "socket", path: path, errno: errno) }
        return descriptor
    }
}

/// Calls `body` with `path` as a `sockaddr_un`; the caller has seen to it that it fits (`ServerEndpoint`).
private func withSocketAddress(_ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { room in
        precondition(path.utf8.count < room.count, "a socket's path is too long")
        room.copyBytes(from: path.utf8)
    }
    return withUnsafePointer(to: address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<sockaddr_un>.size)) }
    }
}
