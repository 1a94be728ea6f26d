import Synchronization

/// A counter or gauge: one number for each combination of label values.
public final class LabeledValues: MetricFamily {
    let header: MetricHeader
    private let labels: [String]
    private let values = Mutex<[[String]: Double]>([:])

    init(header: MetricHeader, labels: [String]) {
        precondition(labels.allSatisfy(MetricHeader.isLabel), "\(labels) are not label names")
        self.header = header
        self.labels = labels
    }

    /// Adds `amount` to the series of these label values, in the order of the labels. A counter takes no negative one.
    public func add(_ amount: Double = 1, labels values: [String] = []) {
        precondition(values.count == labels.count, "\(header.name) has the labels \(labels)")
        precondition(amount >= 0 || header.kind == "gauge", "\(header.name) only grows")
        self.values.withLock { $0[values, default: 0] += amount }
    }

    func render() -> String {
        let series = values.withLock { $0 }.sorted { $0.key.lexicographicallyPrecedes($1.key) }
        return series.reduce(into: header.lines) { out, one in
            out += header.sample(Array(zip(labels, one.key)), one.value)
        }
    }
}

/// A number that is asked for when it is needed.
struct MeasuredValue: MetricFamily {
    let header: MetricHeader
    let measure: @Sendable () -> Double?

    func render() -> String {
        guard let value = measure() else { return "" }
        return header.lines + header.sample([], value)
    }
}
