import Bytes

/// An entry of a cluster's monitors: where they are reached by each of Ceph's two protocols.
public struct MonitorEntry: Sendable, Hashable {
    /// `host:port` of the first protocol; nil when it is not spoken there.
    public private(set) var v1: String?
    /// `host:port` of the second.
    public private(set) var v2: String?
    /// Whether the entry names the protocols, as a vector does.
    let isVector: Bool

    /// Parses `host:port`, `[v6]:port` or a vector of both protocols' addresses; the configuration has checked the form. A
    /// port that is neither protocol's own may be either's.
    public init(_ text: String) {
        let hasBrackets = text.begins(with: "[v1:") || text.begins(with: "[v2:")
        let inner = hasBrackets ? text.dropFirst().dropLast() : text[...]
        isVector = ["v1:", "v2:"].contains { inner.begins(with: $0) }
        for part in inner.split(byte: ",") {
            if let address = part.removing(prefix: "v1:") {
                v1 = String(address)
            } else if let address = part.removing(prefix: "v2:") {
                v2 = String(address)
            } else {
                v1 = part.ends(with: ":3300") ? nil : String(part)
                v2 = part.ends(with: ":6789") ? nil : String(part)
            }
        }
    }

    /// Whether the second protocol is certain to be spoken there.
    public var surelySpeaksV2: Bool { v2 != nil && v1 != v2 }

    /// The entry with numeric addresses alone, as `mon_host` takes them: one for each address of its name.
    ///
    /// - Throws: ``HostResolver/Failure`` when a name has no address.
    func numeric(_ resolve: MonitorList.Resolve) throws(HostResolver.Failure) -> [String] {
        guard isVector else { return try resolve(v1 ?? v2 ?? "") }
        let first = try v1.map(resolve) ?? []
        let second = try v2.map(resolve) ?? []
        guard Self.host(v1) == Self.host(v2), first.count == second.count else {
            // Two names, or one protocol: each address by itself.
            return second.map { "[v2:\($0)]" } + first.map { "[v1:\($0)]" }
        }
        // One name with several addresses is several monitors, each with both protocols.
        return zip(second, first).map { "[v2:\($0),v1:\($1)]" }
    }

    private static func host(_ address: String?) -> String? { address.flatMap { HostResolver.split($0)?.host } }
}
