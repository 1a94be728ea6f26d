import Foundation
import GRPCServer

/// A directory that is gone after the test.
final class Scratch {
    let path: String

    init() {
        path = FileManager.default.temporaryDirectory.appendingPathComponent("rpc-\(UUID().uuidString.prefix(8))").path
    }

    var endpoint: ServerEndpoint {
        get throws { try ServerEndpoint("\(path)/s.sock") }
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}

/// What happened, in order, whoever did it.
actor Journal {
    private(set) var entries: [String] = []
    func add(_ entry: String) { entries.append(entry) }
}

/// Runs `body` against a server that is started before and has been shut down afterwards.
func withServer(
    _ methods: [String: UnaryHandler],
    interceptors: [any ServerInterceptor] = [],
    options: ServerOptions = ServerOptions(),
    _ body: (GRPCServer, GRPCClient) async throws -> Void
) async throws {
    let scratch = Scratch()
    let server = try GRPCServer(
        endpoint: try scratch.endpoint,
        methods: methods,
        interceptors: interceptors,
        options: options
    )
    try server.start()
    let client = GRPCClient(endpoint: server.endpoint)
    do {
        try await body(server, client)
    } catch {
        await server.shutdown(grace: .zero)
        throw error
    }
    client.close()
    await server.shutdown(grace: .zero)
    withExtendedLifetime(scratch) {}
}

/// The status that `body` throws, nil if it throws none.
func status(of body: () async throws -> [UInt8]) async -> RPCStatus? {
    do {
        _ = try await body()
        return nil
    } catch {
        return error as? RPCStatus
    }
}

let echo: UnaryHandler = { request, _ in request }
