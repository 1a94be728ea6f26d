import Bytes

/// The Unix socket that a server listens on or a client connects to.
public struct ServerEndpoint: Sendable, Hashable, CustomStringConvertible {
    /// The longest path that fits `sockaddr_un` with its terminating NUL (unix(7)), in bytes.
    public static let maximumPathLength = 107

    /// The absolute path of the socket.
    public let path: String

    /// Reads `unix:///path`, `unix:/path` or `/path`.
    ///
    /// - Throws: `EndpointError.malformed` for anything else, a path that ends in `/`, holds a NUL or is longer than
    ///   107 bytes.
    public init(_ text: String) throws(EndpointError) {
        var path = Substring(text)
        if path.begins(with: "unix:") {
            path = path.dropFirst("unix:".count)
            if path.begins(with: "//") { path = path.dropFirst(2) }
        }
        func malformed(_ reason: String) -> EndpointError { .malformed(text, reason: reason) }
        guard path.begins(with: "/") else { throw malformed("it must be unix:// followed by an absolute path") }
        guard !path.ends(with: "/") else { throw malformed("it must name a socket, not a directory") }
        guard !path.utf8.contains(0) else { throw malformed("a path can't hold a NUL") }
        guard path.utf8.count <= Self.maximumPathLength else {
            throw malformed("a socket's path has at most \(Self.maximumPathLength) bytes, this one \(path.utf8.count)")
        }
        self.path = String(path)
    }

    /// `unix:///path`.
    public var description: String { "unix://\(path)" }

    /// The directory that holds the socket.
    var directory: String {
        let end = path.lastIndex(of: "/") ?? path.startIndex
        return end == path.startIndex ? "/" : String(path[..<end])
    }

    /// The core's form: a URI, in which everything but the plainest characters is percent-encoded.
    var target: String {
        let plain = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/".utf8)
        let digits = Array("0123456789ABCDEF".utf8)
        var encoded: [UInt8] = Array("unix:".utf8)
        for byte in path.utf8 {
            if plain.contains(byte) {
                encoded.append(byte)
            } else {
                encoded += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: encoded, as: UTF8.self)
    }
}
