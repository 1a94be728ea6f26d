import GRPCServer
import Glibc

/// What `grpc-echo` can do. Requests are plain text; every method is under `/echo.Echo/`.
enum EchoMethods {
    struct Unexpected: Error {}

    static let all: [String: UnaryHandler] = [
        // Answers with the request.
        "/echo.Echo/Echo": { request, _ in request },
        // Sleeps as many milliseconds as the request says, and heeds its cancellation.
        "/echo.Echo/Sleep": { request, context in
            try await Task.sleep(for: .milliseconds(try number(request)))
            return Array("slept".utf8)
        },
        // As Sleep, but does not heed its cancellation.
        "/echo.Echo/Stubborn": { request, context in
            let end = ContinuousClock.now + .milliseconds(try number(request))
            while .now < end { try? await Task.detached { try await Task.sleep(for: .milliseconds(5)) }.value }
            say("late \(context.ended?.code.name ?? "no")")
            return Array("late".utf8)
        },
        // Fails with the code and the message of the request: `5 no such thing`.
        "/echo.Echo/Fail": { request, _ in
            let parts = String(decoding: request, as: UTF8.self).split(separator: " ", maxSplits: 1)
            guard let code = parts.first.flatMap({ Int32($0) }).flatMap(StatusCode.init(rawValue:)) else {
                throw Unexpected()
            }
            throw RPCStatus(code, parts.count > 1 ? String(parts[1]) : "")
        },
        // Fails with a message of as many "é" as the request says.
        "/echo.Echo/FailLong": { request, _ in
            throw RPCStatus(.aborted, String(repeating: "é", count: try number(request)))
        },
        // Throws an error that is no status, and holds what must not leave the process.
        "/echo.Echo/Throw": { _, _ in throw Secret() },
        // Answers with as many zero bytes as the request says.
        "/echo.Echo/Large": { request, _ in [UInt8](repeating: 0, count: try number(request)) },
        // The milliseconds left until the deadline.
        "/echo.Echo/Deadline": { _, context in
            guard let deadline = context.deadline else { return Array("none".utf8) }
            return Array("\(ContinuousClock.now.duration(to: deadline) / .milliseconds(1))".utf8)
        },
    ]

    struct Secret: Error, CustomStringConvertible { let description = "the key is AQBsecret" }

    private static func number(_ request: [UInt8]) throws -> Int {
        guard let number = Int(String(decoding: request, as: UTF8.self)) else { throw Unexpected() }
        return number
    }
}

/// Prints when each call begins and how it ended.
struct CallPrinter: ServerInterceptor {
    func intercept(_ request: [UInt8], context: RPCContext, next: UnaryHandler) async throws -> [UInt8] {
        say("begin \(context.method)")
        do {
            let answer = try await next(request, context)
            say("call \(context.method) OK")
            return answer
        } catch {
            say("call \(context.method) \((error as? RPCStatus)?.code.name ?? "?")")
            throw error
        }
    }
}
