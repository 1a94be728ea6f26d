import Synchronization

/// A distribution: how many observations were at most each bound, their number and sum.
public final class Histogram: MetricFamily {
    private struct Series {
        /// Observations in each bucket alone, the last for those above every bound.
        var counts: [UInt64]
        var sum = 0.0
    }

    let header: MetricHeader
    private let labels: [String]
    private let bounds: [Double]
    private let series = Mutex<[[String]: Series]>([:])

    init(header: MetricHeader, labels: [String], bounds: [Double]) {
        precondition(labels.allSatisfy { MetricHeader.isLabel($0) && $0 != "le" }, "\(labels) are not label names")
        precondition(zip(bounds, bounds.dropFirst()).allSatisfy { $0 < $1 }, "bounds ascend")
        self.header = header
        self.labels = labels
        self.bounds = bounds
    }

    /// Counts `value` in the series of these label values, in the order of the labels.
    public func observe(_ value: Double, labels values: [String] = []) {
        precondition(values.count == labels.count, "\(header.name) has the labels \(labels)")
        let bucket = bounds.firstIndex { value <= $0 } ?? bounds.count
        series.withLock { series in
            var one = series[values] ?? Series(counts: Array(repeating: 0, count: bounds.count + 1))
            one.counts[bucket] += 1
            one.sum += value
            series[values] = one
        }
    }

    func render() -> String {
        let all = series.withLock { $0 }.sorted { $0.key.lexicographicallyPrecedes($1.key) }
        return all.reduce(into: header.lines) { out, one in
            let labels = Array(zip(self.labels, one.key))
            var total: UInt64 = 0
            for (bound, count) in zip(bounds + [.infinity], one.value.counts) {
                total += count
                let own = labels + [("le", MetricHeader.number(bound))]
                out += header.sample(suffix: "_bucket", own, Double(total))
            }
            out += header.sample(suffix: "_sum", labels, one.value.sum)
            out += header.sample(suffix: "_count", labels, Double(total))
        }
    }
}
