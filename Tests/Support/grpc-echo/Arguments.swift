import GRPCServer

/// The command line, read without ceremony.
struct Arguments {
    struct Malformed: Error {}

    let endpoint: ServerEndpoint
    var grace: Duration = .seconds(5)
    var options = ServerOptions()

    init(_ arguments: [String]) throws {
        guard arguments.count >= 2 else { throw Malformed() }
        endpoint = try ServerEndpoint(arguments[1])
        var rest = arguments.dropFirst(2)
        while let flag = rest.popFirst() {
            guard let value = rest.popFirst().flatMap(Int.init) else { throw Malformed() }
            switch flag {
            case "--grace": grace = .milliseconds(value)
            case "--default-deadline": options.defaultDeadline = .milliseconds(value)
            case "--calls": options.maximumConcurrentCalls = value
            case "--handshake": options.handshakeTime = .milliseconds(value)
            case "--connections": options.maximumConnections = value
            default: throw Malformed()
            }
        }
    }
}
