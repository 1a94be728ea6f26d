import Glibc

/// Why a server can't listen where it was told to.
public enum EndpointError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The endpoint is not a Unix socket's address.
    case malformed(String, reason: String)
    /// Another process answers on the socket.
    case inUse(path: String)
    /// Something that is not a socket has the name; it is left alone.
    case notASocket(path: String)
    /// Another server has kept the directory locked for too long.
    case locked(directory: String)
    /// A system call failed; `errno` is its reason.
    case system(call: String, path: String, errno: Int32)

    /// A sentence for the operator: what is wrong and what to do.
    public var description: String {
        switch self {
        case .malformed(let text, let reason):
            "endpoint \"\(text)\" is not valid: \(reason)"
        case .inUse(let path):
            "\(path) is served by another process; stop that one or choose another endpoint"
        case .notASocket(let path):
            "\(path) exists and is not a socket; remove it or choose another endpoint"
        case .locked(let directory):
            "another process holds a lock on \(directory); is a second server starting there?"
        case .system(let call, let path, let code):
            "\(call)(\(path)) failed: \(String(cString: strerror(code)))"
        }
    }
}
