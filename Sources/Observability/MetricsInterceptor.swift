import GRPCServer

/// Counts calls by method and code, their durations by method, and those in flight.
public struct MetricsInterceptor: ServerInterceptor {
    /// From a Probe to a call that waits for its deadline, in seconds.
    static let bounds = [
        0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120,
    ]

    private let calls: LabeledValues
    private let durations: Histogram
    private let inFlight: LabeledValues

    /// Adds its metrics to `registry`; once a registry.
    public init(registry: MetricsRegistry) {
        calls = registry.counter(
            "cephfs_csi_calls_total",
            help: "CSI calls that have ended, by method and gRPC status code.",
            labels: ["method", "code"]
        )
        durations = registry.histogram(
            "cephfs_csi_call_duration_seconds",
            help: "Time from a CSI call's arrival to its answer, by method and gRPC status code.",
            labels: ["method", "code"],
            bounds: Self.bounds
        )
        inFlight = registry.gauge(
            "cephfs_csi_calls_in_flight",
            help: "CSI calls being worked on, by method.",
            labels: ["method"]
        )
    }

    /// Measures the call. Methods that the server does not have share one series, as their names are the client's choice.
    public func intercept(_ request: [UInt8], context: RPCContext, next: UnaryHandler) async throws -> [UInt8] {
        let method = context.isKnownMethod ? context.method : "unknown"
        let began = ContinuousClock.now
        inFlight.add(1, labels: [method])
        var code = StatusCode.unknown
        defer {
            inFlight.add(-1, labels: [method])
            calls.add(1, labels: [method, code.name])
            durations.observe((ContinuousClock.now - began) / .seconds(1), labels: [method, code.name])
        }
        do {
            let answer = try await next(request, context)
            code = .ok
            return answer
        } catch {
            code = (error as? RPCStatus)?.code ?? .unknown
            throw error
        }
    }
}
