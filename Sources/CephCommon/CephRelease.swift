import Bytes

/// A release of Ceph, and what clients of it can do: the one table of what depends on a number. Where a library, a
/// monitor or a metadata server tells by itself what it can do, that is asked instead (``ClientLibrary`` of the target
/// Ceph, `qdb_leader` of `fs dump`).
public struct CephRelease: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// 16 is Pacific, 18 Reef, 20 Tentacle.
    public let major: Int
    /// 2 for a stable release.
    public let minor: Int
    /// Counts the stable releases of a series.
    public let patch: Int

    /// Joins the parts.
    public init(_ major: Int, _ minor: Int = 0, _ patch: Int = 0) {
        self.major = major
        self.minor = minor
        self.patch = patch
    }

    /// Reads `16.2.15`, `20.2.4-1`, or what programs and monitors print: `ceph version 18.2.7 (6b0e9…) reef (stable)`.
    public init?(_ text: String) {
        let words = text.split(byte: " ")
        let number = words.starts(with: ["ceph", "version"]) ? words.dropFirst(2).first : words.first
        let parts = (number ?? "").split(byte: ".", maxSplits: 2).map { Int($0.prefix { "0"..."9" ~= $0 }) }
        guard parts.count == 3, let major = parts[0], let minor = parts[1], let patch = parts[2] else { return nil }
        self.init(major, minor, patch)
    }

    /// Whether its clients know that a directory may fold or normalise the names in it (`ceph.dir.casesensitive`); older
    /// ones see the folded names as the real ones.
    public var knowsCharmaps: Bool { major >= 20 }

    /// Whether its ceph-fuse can decode cephx keys of AES-256.
    public var knowsAES256Keys: Bool { major >= 20 }

    /// As Ceph writes it.
    public var description: String { "\(major).\(minor).\(patch)" }

    /// By age.
    public static func < (left: CephRelease, right: CephRelease) -> Bool {
        (left.major, left.minor, left.patch) < (right.major, right.minor, right.patch)
    }
}
