import Bytes
import Glibc

/// Monitor addresses as libcephfs needs them to tell errors apart.
///
/// A bare `host:port` makes it try both of Ceph's protocols at once. The one that the port does not speak leaves lines
/// on stderr, and worse, turns "unknown user" (EACCES in 10 ms) into ETIMEDOUT after the whole timeout. So the protocol
/// is named: known from the port where it is one of Ceph's own, else from what the server says first.
enum MonitorAddress {
    /// What a server says first: 9 bytes of either are enough.
    private static let greetings = [("v2", "ceph v2\n"), ("v1", "ceph v027")]

    /// `address` with `v1:` or `v2:` in front where it is a numeric address and a port; anything else as it is.
    ///
    /// Waits for a server's greeting for at most a second, so never on a cooperative thread.
    static func explicit(_ address: String) -> String {
        guard let (host, port) = split(address) else { return address }
        switch port {
        case 3300: return "v2:\(address)"
        case 6789: return "v1:\(address)"
        default:
            guard let said = greeting(host: host, port: port) else { return address }
            let known = greetings.first { said.starts(with: $0.1.utf8) }
            return known.map { "\($0.0):\(address)" } ?? address
        }
    }

    /// A numeric host and its port; nil for names, for addresses without a port, and where the protocol is named.
    static func split(_ address: String) -> (host: String, port: UInt16)? {
        guard let colon = address.lastIndex(of: ":"), let port = UInt16(address[address.index(after: colon)...]) else {
            return nil
        }
        var host = String(address[..<colon])
        if host.begins(with: "["), host.ends(with: "]") {
            host = String(host.dropFirst().dropLast())
            var six = in6_addr()
            return inet_pton(AF_INET6, host, &six) == 1 ? (host, port) : nil
        }
        var four = in_addr()
        return inet_pton(AF_INET, host, &four) == 1 ? (host, port) : nil
    }

    /// The first bytes that the server sends; nil when it sends none within a second.
    private static func greeting(host: String, port: UInt16) -> [UInt8]? {
        var hints = addrinfo()
        hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var found: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, "\(port)", &hints, &found) == 0, let info = found?.pointee else { return nil }
        defer { freeaddrinfo(found) }
        let type = info.ai_socktype | Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        let socket = socket(info.ai_family, type, 0)
        guard socket >= 0 else { return nil }
        defer { close(socket) }
        guard connect(socket, info.ai_addr, info.ai_addrlen) == 0 || errno == EINPROGRESS else { return nil }
        var wait = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
        guard poll(&wait, 1, 1000) == 1 else { return nil }
        var bytes = [UInt8](repeating: 0, count: 9)
        let count = recv(socket, &bytes, bytes.count, 0)
        return count > 0 ? Array(bytes.prefix(count)) : nil
    }
}
