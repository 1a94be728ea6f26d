import Bytes
import Glibc

/// Names of hosts as numeric addresses.
///
/// The clients' own ways differ. Ceph's libraries and programs refuse the whole list of monitors for one name that has no
/// address, and the kernel asks a helper program on the host (request-key and dns_resolver), which nodes often lack.
public enum HostResolver {
    /// Why an address has no numeric ones.
    public struct Failure: Error, Sendable, Hashable, CustomStringConvertible {
        /// What to tell an operator.
        public let description: String

        /// A failure with that text.
        public init(_ description: String) { self.description = description }
    }

    /// All addresses of `host:port`, each as `1.2.3.4:port` or `[fd00::1]:port` (getaddrinfo(3)). Blocks.
    ///
    /// - Throws: ``Failure`` when the name has none.
    public static func resolve(_ address: String) throws(Failure) -> [String] {
        guard let (host, port) = split(address) else {
            throw Failure("the monitor's address \(address.debugDescription) has no port")
        }
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_flags = AI_NUMERICSERV
        var found: UnsafeMutablePointer<addrinfo>?
        let result = getaddrinfo(host, port, &hints, &found)
        guard result == 0 else {
            let reason = String(cString: gai_strerror(result))
            throw Failure("the monitor's name \(host) can't be resolved: \(reason)")
        }
        defer { freeaddrinfo(found) }
        var addresses: [String] = []
        var next = found
        while let info = next?.pointee {
            next = info.ai_next
            guard let text = numeric(info) else { continue }
            addresses.append(info.ai_family == AF_INET6 ? "[\(text)]:\(port)" : "\(text):\(port)")
        }
        return addresses
    }

    /// Whether a TCP connection to the numeric `address` comes up within a second (connect(2)). Tells a cluster that
    /// does not serve from one that is not there.
    public static func takesConnections(_ address: String) -> Bool {
        guard let (host, port) = split(address) else { return false }
        var hints = addrinfo()
        hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var found: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, port, &hints, &found) == 0, let info = found?.pointee else { return false }
        defer { freeaddrinfo(found) }
        let flags = Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        let number = socket(info.ai_family, info.ai_socktype | flags, 0)
        guard number >= 0 else { return false }
        defer { close(number) }
        if connect(number, info.ai_addr, info.ai_addrlen) == 0 { return true }
        guard errno == EINPROGRESS else { return false }
        var query = pollfd(fd: number, events: Int16(POLLOUT), revents: 0)
        var error: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        return poll(&query, 1, 1000) == 1
            && getsockopt(number, SOL_SOCKET, SO_ERROR, &error, &length) == 0 && error == 0
    }

    static func split(_ address: String) -> (host: String, port: String)? {
        guard let colon = address.lastIndex(of: ":") else { return nil }
        var host = address[..<colon]
        if host.begins(with: "["), host.ends(with: "]") { host = host.dropFirst().dropLast() }
        return (String(host), String(address[address.index(after: colon)...]))
    }

    private static func numeric(_ info: addrinfo) -> String? {
        var name = [CChar](repeating: 0, count: Int(NI_MAXHOST))
        let length = socklen_t(name.count)
        guard getnameinfo(info.ai_addr, info.ai_addrlen, &name, length, nil, 0, NI_NUMERICHOST) == 0 else { return nil }
        return String(decoding: name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}
