import Foundation
import GRPCServer
import Logging
import Testing

@testable import Observability

@Suite struct LoggingInterceptorTests {
    private let log = CapturedLog()

    private func run(
        _ level: Logger.Level,
        method: String = "/csi.v1.Controller/CreateVolume",
        quiet: Set<String> = [],
        handler: @escaping UnaryHandler
    ) async -> [[String: String]] {
        let interceptor = LoggingInterceptor(logger: log.logger(.json, level: level), quiet: quiet)
        let body = Array("request-body-secret".utf8)
        _ = try? await interceptor.intercept(body, context: RPCContext(method: method), next: handler)
        return log.lines.compactMap { try? JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: String] }
    }

    @Test("A call leaves one line: method, facts, duration and code, but neither request nor answer")
    func success() async throws {
        let lines = await run(.info) { _, context in
            context.annotate("volume", "main:cephfs:csi:a")
            try await Task.sleep(for: .milliseconds(20))
            return Array("answer-body-secret".utf8)
        }
        let line = try #require(lines.first)
        #expect(lines.count == 1)
        #expect(line["level"] == "info")
        #expect(line["method"] == "/csi.v1.Controller/CreateVolume")
        #expect(line["volume"] == "main:cephfs:csi:a")
        #expect(line["code"] == "OK")
        let duration = try #require(line["duration_ms"].flatMap(Double.init))
        #expect((20..<60_000).contains(duration))
        #expect(line["duration_ms"]?.contains(/^\d+\.\d{3}$/) == true)
        #expect(!log.text.contains("body-secret"))
    }

    @Test("At debug level a call also leaves a line when it begins, with the same number")
    func debugLevel() async throws {
        let lines = await run(.debug) { _, _ in [] }
        #expect(lines.map { $0["message"] } == ["began", "finished"])
        #expect(lines[0]["call"] == lines[1]["call"])
        let more = await run(.debug) { _, _ in [] }
        #expect(more.count == 4)
    }

    @Test("Calls of one interceptor have different numbers")
    func numbers() async throws {
        let interceptor = LoggingInterceptor(logger: log.logger(.json, level: .info))
        for _ in 0..<3 { _ = try await interceptor.intercept([], context: RPCContext(method: "/s/M")) { _, _ in [] } }
        #expect(Set(log.lines).count == 3)
        #expect((1...3).allSatisfy { number in log.lines.contains { $0.contains("\"call\":\"\(number)\"") } })
    }

    @Test("Methods called every few seconds are quiet while they succeed, and loud when they fail")
    func quietMethods() async {
        let probe = "/csi.v1.Identity/Probe"
        #expect(await run(.info, method: probe, quiet: [probe]) { _, _ in [] }.isEmpty)
        let failed = await run(.info, method: probe, quiet: [probe]) { _, _ in throw RPCStatus(.unavailable, "no Ceph")
        }
        #expect(failed.count == 1)
        #expect(failed.first?["reason"] == "no Ceph")
    }

    @Test(
        "What is wrong in the plugin is an error, what is wrong elsewhere a warning",
        arguments: StatusCode.allCases.filter { $0 != .ok }
    )
    func failureLevels(_ code: StatusCode) async {
        let lines = await run(.info) { _, _ in throw RPCStatus(code, "why") }
        let isOurs = [StatusCode.internal, .unknown, .dataLoss].contains(code)
        #expect(lines.first?["level"] == (isOurs ? "error" : "warning"))
        #expect(lines.first?["code"] == code.name)
        #expect(lines.first?["reason"] == "why")
    }

    @Test("A fact can't pass for the code, the method or the reason of a call")
    func forgedFacts() async {
        let lines = await run(.info) { _, context in
            for name in ["code", "method", "call", "duration_ms", "reason", "message"] {
                context.annotate(name, "forged")
            }
            throw RPCStatus(.internal, "real")
        }
        #expect(lines.first?["code"] == "INTERNAL")
        #expect(lines.first?["method"] == "/csi.v1.Controller/CreateVolume")
        #expect(lines.first?["reason"] == "real")
        #expect(lines.first?["message"] == "failed")
        #expect(lines.first?["call"] != "forged" && lines.first?["duration_ms"] != "forged")
    }

    @Test("Behind a real server, calls are logged and counted with what the client got", .timeLimit(.minutes(1)))
    func realServer() async throws {
        let directory = FileManager.default.temporaryDirectory.path + "/ops-\(UUID().uuidString.prefix(8))"
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let endpoint = try ServerEndpoint("\(directory)/csi.sock")
        let registry = MetricsRegistry()
        let server = try GRPCServer(
            endpoint: endpoint,
            methods: [
                "/s/Good": { request, _ in request },
                "/s/Bad": { _, context in
                    context.annotate("volume", "x\ny")
                    throw RPCStatus(.notFound, "no such volume")
                },
            ],
            interceptors: [
                LoggingInterceptor(logger: log.logger(.text, level: .info)), MetricsInterceptor(registry: registry),
            ]
        )
        try server.start()
        let client = GRPCClient(endpoint: endpoint)
        #expect(try await client.call("/s/Good", [1, 2], timeout: .seconds(5)) == [1, 2])
        for method in ["/s/Bad", "/s/None"] {
            await #expect(throws: RPCStatus.self) { try await client.call(method, [], timeout: .seconds(5)) }
        }
        await server.shutdown(grace: .seconds(5))
        let counts = try PrometheusPage(registry.page())
        let expected = [
            ("/s/Good", "OK"), ("/s/Bad", "NOT_FOUND"), ("unknown", "UNIMPLEMENTED"),
        ]
        for (method, code) in expected {
            #expect(
                counts.value("cephfs_csi_calls_total", ["method": method, "code": code]) == 1,
                "\(registry.page())"
            )
            let shown = method == "unknown" ? "/s/None" : method
            #expect(log.lines.contains { $0.contains("code=\(code)") && $0.contains("method=\(shown)") }, "\(log.text)")
        }
        #expect(log.lines.contains { $0.contains(#"volume="x\ny""#) })
    }
}
