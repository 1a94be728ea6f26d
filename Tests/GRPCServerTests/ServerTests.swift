import Foundation
import System
import Testing

@testable import GRPCServer

@Suite struct ServerTests {
    @Test(arguments: [0, 1, 100_000, 4 * 1024 * 1024])
    func aMessageComesBackWhole(_ size: Int) async throws {
        try await withServer(["/s/echo": echo]) { _, client in
            let request = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 7) }
            let answer = try await client.call("/s/echo", request)
            #expect(answer == request)
        }
    }

    @Test(arguments: StatusCode.allCases.filter { $0 != .ok })
    func aStatusArrivesAsItWasThrown(_ code: StatusCode) async throws {
        try await withServer(["/s/fail": { _, _ in throw RPCStatus(code, "100 % “so”") }]) { _, client in
            #expect(await status { try await client.call("/s/fail", []) } == RPCStatus(code, "100 % “so”"))
        }
    }

    @Test func anUnknownMethodIsUnimplemented() async throws {
        try await withServer([:]) { _, client in
            #expect(await status { try await client.call("/s/none", []) }?.code == .unimplemented)
        }
    }

    @Test func aThousandCallsAtOnceComeBackToTheirCallers() async throws {
        try await withServer(["/s/echo": echo]) { _, client in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for i in 0..<1000 {
                    group.addTask {
                        let request = Array("call \(i)".utf8)
                        let answer = try await client.call("/s/echo", request)
                        #expect(answer == request)
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    @Test func aDeadlineCancelsTheHandler() async throws {
        let ended = Promise<RPCStatus?, Never>()
        let methods: [String: UnaryHandler] = [
            "/s/sleep": { _, context in
                do {
                    try await Task.sleep(for: .seconds(60))
                } catch {
                    ended.fulfill(context.ended)
                    throw error
                }
                return []
            }
        ]
        try await withServer(methods) { _, client in
            let result = await status { try await client.call("/s/sleep", [], timeout: .milliseconds(200)) }
            #expect(result?.code == .deadlineExceeded)
            #expect(await ended.value?.code == .deadlineExceeded)
        }
    }

    @Test func cancellingTheCallersTaskCancelsTheHandler() async throws {
        let (began, ended) = (Promise<Void, Never>(), Promise<RPCStatus?, Never>())
        let methods: [String: UnaryHandler] = [
            "/s/sleep": { _, context in
                began.fulfill(())
                try? await Task.sleep(for: .seconds(60))
                ended.fulfill(context.ended)
                return []
            }
        ]
        try await withServer(methods) { _, client in
            let call = Task { await status { try await client.call("/s/sleep", []) } }
            await began.value
            call.cancel()
            #expect(await call.value?.code == .cancelled)
            #expect(await ended.value?.code == .cancelled)
        }
    }

    @Test func closingTheClientCancelsItsCalls() async throws {
        let began = Promise<Void, Never>()
        let methods: [String: UnaryHandler] = [
            "/s/sleep": { _, _ in
                began.fulfill(())
                try await Task.sleep(for: .seconds(60))
                return []
            }
        ]
        try await withServer(methods) { _, client in
            async let call = status { try await client.call("/s/sleep", []) }
            await began.value
            client.close()
            #expect(await call?.code == .cancelled)
            #expect(await status { try await client.call("/s/sleep", []) }?.code == .cancelled)
        }
    }

    @Test func theHandlersDeadlineIsTheClients() async throws {
        let methods: [String: UnaryHandler] = [
            "/s/left": { _, context in
                let left = try #require(context.deadline).duration(to: .now) * -1
                return Array("\(left.components.seconds)".utf8)
            }
        ]
        try await withServer(methods) { _, client in
            let left = try await client.call("/s/left", [], timeout: .seconds(300))
            #expect((200...300).contains(Int(String(decoding: left, as: UTF8.self)) ?? 0))
        }
    }

    @Test func anInterceptorSeesWhatTheHandlerAnnotated() async throws {
        struct Watcher: ServerInterceptor {
            let seen: Promise<[String], Never>
            func intercept(_ request: [UInt8], context: RPCContext, next: UnaryHandler) async throws -> [UInt8] {
                defer { seen.fulfill(context.annotations.map { "\(context.method) \($0.0)=\($0.1)" }) }
                return try await next(request, context)
            }
        }
        let seen = Promise<[String], Never>()
        let methods: [String: UnaryHandler] = [
            "/s/m": { _, context in
                context.annotate("volume", "v1")
                return []
            }
        ]
        try await withServer(methods, interceptors: [Watcher(seen: seen)]) { _, client in
            _ = try await client.call("/s/m", [])
            #expect(await seen.value == ["/s/m volume=v1"])
        }
    }

    @Test(arguments: ["", "m", "s/m", "/s", "/s/", "//m", "/s/m/x"])
    func aNameThatIsNoMethodsIsRefused(_ name: String) throws {
        let endpoint = try ServerEndpoint("/nowhere.sock")
        #expect(throws: ServerError.invalidMethod(name)) {
            try GRPCServer(endpoint: endpoint, methods: [name: echo])
        }
    }

    @Test func aCallWithoutAServerIsUnavailable() async throws {
        let client = GRPCClient(endpoint: try ServerEndpoint("/tmp/rpc-nobody/s.sock"))
        #expect(await status { try await client.call("/s/m", []) }?.code == .unavailable)
    }
}
