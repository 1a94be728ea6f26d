import Synchronization

/// The process's metrics, and their page in Prometheus's text format (version 0.0.4).
public final class MetricsRegistry: Sendable {
    private let families = Mutex<[any MetricFamily]>([])

    /// A registry without metrics.
    public init() {}

    /// Adds a metric that only grows, with one series for each combination of label values. Its name ends in `_total`.
    public func counter(_ name: String, help: String, labels: [String] = []) -> LabeledValues {
        add(LabeledValues(header: MetricHeader(name, help, kind: "counter"), labels: labels))
    }

    /// Adds a metric that goes up and down.
    public func gauge(_ name: String, help: String, labels: [String] = []) -> LabeledValues {
        add(LabeledValues(header: MetricHeader(name, help, kind: "gauge"), labels: labels))
    }

    /// Adds a metric whose value is asked for whenever the page is made; nil leaves it out. `body` must not block.
    public func measured(
        _ name: String,
        help: String,
        isCounter: Bool = false,
        _ body: @escaping @Sendable () -> Double?
    ) {
        _ = add(MeasuredValue(header: MetricHeader(name, help, kind: isCounter ? "counter" : "gauge"), measure: body))
    }

    /// Adds a distribution with the given upper bounds, ascending; `+Inf` is added.
    public func histogram(_ name: String, help: String, labels: [String] = [], bounds: [Double]) -> Histogram {
        add(Histogram(header: MetricHeader(name, help, kind: "histogram"), labels: labels, bounds: bounds))
    }

    /// The page: every family in the order of addition, its series sorted by label values.
    public func page() -> String {
        families.withLock { $0 }.map { $0.render() }.joined()
    }

    private func add<Family: MetricFamily>(_ family: Family) -> Family {
        families.withLock { families in
            precondition(!families.contains { $0.header.name == family.header.name }, "\(family.header.name) exists")
            families.append(family)
        }
        return family
    }
}

/// Some series of one name.
protocol MetricFamily: Sendable {
    var header: MetricHeader { get }
    /// The family's lines, header included.
    func render() -> String
}
