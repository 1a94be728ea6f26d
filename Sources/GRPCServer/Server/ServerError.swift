/// A server that was used in a way that can't work.
public enum ServerError: Error, Sendable, Hashable, CustomStringConvertible {
    /// A method's name has not the form `/service/method`.
    case invalidMethod(String)
    /// The server was started or shut down before.
    case notIdle

    /// A sentence for the programmer.
    public var description: String {
        switch self {
        case .invalidMethod(let name): "\"\(name)\" is not the full name of a method: /service/method"
        case .notIdle: "a server can be started only once"
        }
    }
}
