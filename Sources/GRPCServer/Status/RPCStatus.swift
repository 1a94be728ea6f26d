/// How a call ended: what a handler throws to answer with an error, and what the client throws when it got one.
public struct RPCStatus: Error, Sendable, Hashable, CustomStringConvertible {
    /// The kind of outcome.
    public var code: StatusCode
    /// A sentence for the person who reads the caller's log. It crosses the wire: no secrets in it.
    public var message: String

    /// A status of `code`, explained by `message`.
    public init(_ code: StatusCode, _ message: String = "") {
        self.code = code
        self.message = message
    }

    /// `NOT_FOUND: no such volume`.
    public var description: String { message.isEmpty ? code.name : "\(code.name): \(message)" }
}
