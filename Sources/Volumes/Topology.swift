import Bytes

/// A place that nodes are in and volumes are reachable from: domains such as zone or rack, with the segment of each
/// (CSI spec, `Topology`).
public struct Topology: Sendable, Hashable {
    /// The longest text of one, in bytes.
    public static let maximumText = 1024

    /// The segment of each domain; never empty. Domains are `name` or `prefix/name`.
    public let segments: [String: String]

    /// Nil unless there is a segment, and every domain and segment is one as Kubernetes and the spec allow: 1 to 63
    /// letters, digits, `-`, `_` and `.`, alphanumeric at both ends; a domain may have a DNS prefix and a slash in front.
    /// Domains are compared without case, so no two may differ by it alone.
    public init?(segments: [String: String]) {
        let areValid = segments.allSatisfy { Self.isDomain($0.key) && Self.isName($0.value) }
        guard !segments.isEmpty, areValid, Set(segments.keys.map { $0.lowercased() }).count == segments.count else {
            return nil
        }
        self.segments = segments
    }

    /// Reads `domain=segment`, several of them with commas between.
    public init?(text: String) {
        guard text.utf8.count <= Self.maximumText else { return nil }
        var segments: [String: String] = [:]
        for pair in text.split(byte: ",", omittingEmptySubsequences: false) {
            let parts = pair.split(byte: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, segments.updateValue(String(parts[1]), forKey: String(parts[0])) == nil else {
                return nil
            }
        }
        self.init(segments: segments)
    }

    /// Whether everything in `place` is here too: a node in zone a and rack 1 is in zone a.
    public func contains(_ place: Topology) -> Bool {
        let own = Dictionary(uniqueKeysWithValues: place.segments.map { ($0.key.lowercased(), $0.value) })
        return segments.allSatisfy { own[$0.key.lowercased()] == $0.value }
    }

    private static func isDomain(_ text: String) -> Bool {
        let parts = text.split(byte: "/", omittingEmptySubsequences: false)
        guard let name = parts.last, isName(String(name)), parts.count <= 2 else { return false }
        guard parts.count == 2 else { return true }
        let prefix = parts[0]
        let labels = prefix.split(byte: ".", omittingEmptySubsequences: false)
        return prefix.utf8.count <= 253 && labels.allSatisfy { isName(String($0)) && !$0.contains("_") }
    }

    private static func isName(_ text: String) -> Bool {
        let isAlphanumeric = { (byte: UInt8) in
            (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte)
        }
        let bytes = Array(text.utf8)
        guard let first = bytes.first, let last = bytes.last, bytes.count <= 63 else { return false }
        return isAlphanumeric(first) && isAlphanumeric(last)
            && bytes.allSatisfy { isAlphanumeric($0) || [0x2d, 0x2e, 0x5f].contains($0) }
    }
}

extension Topology: CustomStringConvertible {
    /// `domain=segment,…` in the domains' order.
    public var description: String {
        segments.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ",")
    }
}

extension Cluster {
    /// Whether nodes in `place` reach its volumes. An entry without topologies is reached from everywhere.
    public func isReachable(from place: Topology) -> Bool {
        topologies.isEmpty || topologies.contains { $0.contains(place) }
    }
}
