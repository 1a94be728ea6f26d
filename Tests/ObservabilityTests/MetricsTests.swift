import Foundation
import GRPCServer
import Logging
import Testing

@testable import Observability

@Suite struct MetricsTests {
    private let registry = MetricsRegistry()

    @Test("An empty registry has an empty page")
    func empty() throws { #expect(registry.page().isEmpty) }

    @Test("Counters and gauges show what was added, whatever the label values hold")
    func values() throws {
        let counter = registry.counter("a_total", help: "Back\\slash and\nline.", labels: ["x", "y"])
        let gauge = registry.gauge("b", help: "B.")
        let values = ["", "plain", "a\"b", "a\\b", "a\nb", "a\r\nb", "a,b=\"c\"}", "\u{e9}\u{2028}", " "]
        for (number, value) in values.enumerated() { counter.add(Double(number) + 0.5, labels: [value, "k"]) }
        counter.add(labels: ["plain", "k"])
        gauge.add(3)
        gauge.add(-5)
        let page = try PrometheusPage(registry.page())
        #expect(page.order == ["a_total", "b"])
        #expect(page.families["a_total"]?.help == "Back\\\\slash and\\nline.")
        for (number, value) in values.enumerated() where value != "plain" {
            #expect(page.value("a_total", ["x": value, "y": "k"]) == Double(number) + 0.5)
        }
        #expect(page.value("a_total", ["x": "plain"]) == 2.5)
        #expect(page.value("b") == -2)
    }

    @Test(
        "A number is written so that Go reads it",
        arguments: [
            (0, "0"), (-0.0, "0"), (1, "1"), (0.1, "0.1"), (1e-7, "1e-07"), (1e300, "1e+300"), (.infinity, "+Inf"),
            (-.infinity, "-Inf"), (.nan, "NaN"), (1_795_392_020.5, "1795392020.5"),
            (9_007_199_254_740_992, "9007199254740992"),
        ]
    )
    func numbers(_ value: Double, _ text: String) { #expect(MetricHeader.number(value) == text) }

    @Test("A histogram counts each observation once, in the first bucket whose bound is not below it")
    func histogram() throws {
        let histogram = registry.histogram("h", help: "H.", labels: ["m"], bounds: [0.1, 1, 10])
        for value in [0.05, 0.1, 0.11, 1, 10, 10.5, 1000] { histogram.observe(value, labels: ["x"]) }
        histogram.observe(5, labels: ["y"])
        let page = try PrometheusPage(registry.page())
        let counts = ["0.1", "1", "10", "+Inf"].map { page.value("h_bucket", ["m": "x", "le": $0]) }
        #expect(counts == [2, 4, 5, 7])
        #expect(page.value("h_count", ["m": "x"]) == 7)
        #expect(page.value("h_sum", ["m": "x"]) == 1021.76)
        #expect(page.value("h_bucket", ["m": "y", "le": "1"]) == 0)
    }

    @Test("Nothing is lost when many tasks count at once")
    func concurrent() async throws {
        let counter = registry.counter("a_total", help: "A.", labels: ["k"])
        let histogram = registry.histogram("h", help: "H.", bounds: [1])
        await withTaskGroup { group in
            for task in 0..<8 {
                group.addTask {
                    for _ in 0..<1000 {
                        counter.add(labels: ["\(task % 2)"])
                        histogram.observe(0.5)
                    }
                }
            }
        }
        let page = try PrometheusPage(registry.page())
        #expect(page.value("a_total", ["k": "0"]) == 4000)
        #expect(page.value("a_total", ["k": "1"]) == 4000)
        #expect(page.value("h_sum") == 4000)
    }

    @Test("The interceptor counts calls by method and code, and knows those in flight")
    func interceptor() async throws {
        let interceptor = MetricsInterceptor(registry: registry)
        let context = RPCContext(method: "/s/M")
        for _ in 0..<3 { _ = try await interceptor.intercept([], context: context) { _, _ in [1] } }
        await #expect(throws: RPCStatus(.notFound, "x")) {
            try await interceptor.intercept([], context: context) { _, _ in throw RPCStatus(.notFound, "x") }
        }
        for name in ["/evil/1", "/evil/2"] {
            _ = try? await interceptor.intercept([], context: RPCContext(method: name, isKnownMethod: false)) { _, _ in
                throw RPCStatus(.unimplemented, "")
            }
        }
        let during = try await interceptor.intercept([], context: context) { [registry] _, _ in
            Array(registry.page().utf8)
        }
        let inside = try PrometheusPage(String(decoding: during, as: UTF8.self))
        #expect(inside.value("cephfs_csi_calls_in_flight", ["method": "/s/M"]) == 1)
        let page = try PrometheusPage(registry.page())
        #expect(page.value("cephfs_csi_calls_in_flight", ["method": "/s/M"]) == 0)
        #expect(page.value("cephfs_csi_calls_total", ["method": "/s/M", "code": "OK"]) == 4)
        #expect(page.value("cephfs_csi_calls_total", ["method": "/s/M", "code": "NOT_FOUND"]) == 1)
        #expect(page.value("cephfs_csi_calls_total", ["method": "unknown", "code": "UNIMPLEMENTED"]) == 2)
        #expect(page.value("cephfs_csi_call_duration_seconds_count", ["method": "/s/M", "code": "OK"]) == 4)
        #expect(
            page.value("cephfs_csi_call_duration_seconds_bucket", ["method": "/s/M", "code": "OK", "le": "120"]) == 4
        )
        #expect(!registry.page().contains("evil"))
    }

    @Test("The process's own figures are there, and plausible")
    func process() throws {
        registry.addProcessMetrics()
        registry.measured("absent", help: "Nothing to tell.") { nil }
        let page = try PrometheusPage(registry.page())
        #expect(try #require(page.value("process_resident_memory_bytes")) > 1e6)
        #expect(try #require(page.value("process_cpu_seconds_total")) > 0)
        let start = try #require(page.value("process_start_time_seconds"))
        #expect(abs(start - Date().timeIntervalSince1970) < 60)
        #expect(page.families["absent"] == nil)
    }

    @Test("The file is there at once, is rewritten, and goes with the process", .timeLimit(.minutes(1)))
    func file() async throws {
        let path = FileManager.default.temporaryDirectory.path + "/cephfs-csi-\(UUID().uuidString).prom"
        let gauge = registry.gauge("g", help: "G.")
        gauge.add(1)
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let file = MetricsFile(path: path, interval: .milliseconds(20), registry: registry, logger: logger)
        let keeper = Task { await file.keep() }
        func read() -> Double? {
            (try? String(contentsOfFile: path, encoding: .utf8)).flatMap { try? PrometheusPage($0).value("g") }
        }
        while read() != 1 { try await Task.sleep(for: .milliseconds(5)) }
        gauge.add(1)
        while read() != 2 { try await Task.sleep(for: .milliseconds(5)) }
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        #expect(mode == 0o644)
        keeper.cancel()
        await keeper.value
        #expect(!FileManager.default.fileExists(atPath: path))
    }

    @Test("A metrics file that can't be written is logged once, not every time")
    func unwritableFile() async throws {
        let log = CapturedLog()
        let file = MetricsFile(
            path: "/proc/none/a.prom",
            interval: .milliseconds(1),
            registry: registry,
            logger: log.logger(.text, level: .info)
        )
        let keeper = Task { await file.keep() }
        try await Task.sleep(for: .milliseconds(100))
        keeper.cancel()
        await keeper.value
        #expect(log.lines.count == 1)
        #expect(log.lines[0].contains("--metrics-file") && log.lines[0].contains("No such file or directory"))
    }
}
