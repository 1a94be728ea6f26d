import Foundation
import System
import Testing

@testable import GRPCServer

@Suite struct ServerStopTests {
    /// `/s/sleep` takes milliseconds; `began` fires with its first call.
    private static func sleeper(_ began: Promise<Void, Never> = Promise()) -> [String: UnaryHandler] {
        [
            "/s/sleep": { request, _ in
                began.fulfill(())
                try await Task.sleep(for: .milliseconds(Int(String(decoding: request, as: UTF8.self)) ?? 0))
                return request
            }
        ]
    }

    @Test func callsInFlightFinishWithinTheGracePeriod() async throws {
        let began = Promise<Void, Never>()
        try await withServer(Self.sleeper(began)) { server, client in
            async let call = client.call("/s/sleep", Array("1000".utf8))
            await began.value
            async let stopped: Void = server.shutdown(grace: .seconds(30))
            while FileManager.default.fileExists(atPath: server.endpoint.path) {
                try await Task.sleep(for: .milliseconds(5))
            }
            #expect(await status { try await client.call("/s/sleep", []) } == .stopping)
            let answer = try await call
            #expect(answer == Array("1000".utf8))
            await stopped
        }
    }

    @Test func callsThatOutlastTheGracePeriodAreUnavailable() async throws {
        let began = Promise<Void, Never>()
        try await withServer(Self.sleeper(began)) { server, client in
            async let call = status { try await client.call("/s/sleep", Array("60000".utf8)) }
            await began.value
            await server.shutdown(grace: .milliseconds(100))
            #expect(await call == .stopping)
        }
    }

    @Test func aSecondShutdownWithLessGraceEndsTheFirst() async throws {
        let began = Promise<Void, Never>()
        try await withServer(Self.sleeper(began)) { server, client in
            async let call = status { try await client.call("/s/sleep", Array("60000".utf8)) }
            await began.value
            async let patient: Void = server.shutdown(grace: .seconds(600))
            try await Task.sleep(for: .milliseconds(100))
            await server.shutdown(grace: .zero)
            await patient
            #expect(await call == .stopping)
        }
    }

    @Test func cancellingServeShutsTheServerDown() async throws {
        let scratch = Scratch()
        let server = try GRPCServer(endpoint: try scratch.endpoint, methods: Self.sleeper())
        let serving = Task { try await server.serve() }
        let client = GRPCClient(endpoint: server.endpoint)
        while await status(of: { try await client.call("/s/sleep", []) }) != nil {
            try await Task.sleep(for: .milliseconds(20))
        }
        serving.cancel()
        try await serving.value
        #expect(await status { try await client.call("/s/sleep", []) }?.code == .unavailable)
    }

    @Test func aServerStartsOnce() async throws {
        try await withServer(Self.sleeper()) { server, _ in
            #expect(throws: ServerError.notIdle) { try server.start() }
            await server.shutdown(grace: .zero)
            #expect(throws: ServerError.notIdle) { try server.start() }
            // A server that is stopped has been served.
            try await server.serve()
        }
    }

    @Test func aServerThatIsShutDownBeforeItsStartNeverServes() async throws {
        let scratch = Scratch()
        let server = try GRPCServer(endpoint: try scratch.endpoint, methods: Self.sleeper())
        await server.shutdown(grace: .seconds(60))
        try await server.serve()
        #expect(!FileManager.default.fileExists(atPath: server.endpoint.path))
    }

    @Test func aServedEndpointIsRefusedToAnother() async throws {
        try await withServer(Self.sleeper()) { server, client in
            let second = try GRPCServer(endpoint: server.endpoint, methods: Self.sleeper())
            #expect(throws: EndpointError.inUse(path: server.endpoint.path)) { try second.start() }
            let answer = try await client.call("/s/sleep", [])
            #expect(answer == [])
        }
    }

    @Test func anEndpointCanBeServedAgainAndItsClientsFindBack() async throws {
        let scratch = Scratch()
        let client = GRPCClient(endpoint: try scratch.endpoint)
        for _ in 0..<20 {
            let server = try GRPCServer(endpoint: try scratch.endpoint, methods: Self.sleeper())
            try server.start()
            // The client may have seen that nobody served, and waits before it tries again.
            var attempts = 0
            while await status(of: { try await client.call("/s/sleep", [1]) }) != nil, attempts < 100 {
                attempts += 1
                try await Task.sleep(for: .milliseconds(20))
            }
            #expect(attempts < 100)
            await server.shutdown(grace: .seconds(1))
        }
    }

    @Test func aLockedDirectoryIsReportedRatherThanWaitedForForever() async throws {
        let scratch = Scratch()
        try Directory.make(scratch.path)
        let lock = try DirectoryLock(scratch.path)
        defer { lock.release() }
        let server = try GRPCServer(endpoint: try scratch.endpoint, methods: Self.sleeper())
        #expect(throws: EndpointError.locked(directory: scratch.path)) { try server.start() }
        await server.shutdown(grace: .zero)
    }
}
