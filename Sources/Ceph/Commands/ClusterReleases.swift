import CephCommon
import Cryptography
import JSON

/// Which releases a cluster's daemons have, and what kinds of key it makes and accepts.
public struct ClusterReleases: Sendable, Hashable {
    /// The monitors' releases, oldest first: several while the cluster is updated.
    public var monitors: [CephRelease]
    /// The metadata servers', those of all file systems.
    public var metadataServers: [CephRelease]
    /// As ``Rados/acceptedKeyKinds()``.
    public var acceptedKeyKinds: Set<CephxKey.Kind>?
    /// The kind that new users get who don't ask for one; nil for monitors before Ceph 20, which know AES alone.
    public var preferredKeyKind: CephxKey.Kind?

    /// Joins the parts.
    public init(
        monitors: [CephRelease],
        metadataServers: [CephRelease],
        acceptedKeyKinds: Set<CephxKey.Kind>? = nil,
        preferredKeyKind: CephxKey.Kind? = nil
    ) {
        self.monitors = monitors
        self.metadataServers = metadataServers
        self.acceptedKeyKinds = acceptedKeyKinds
        self.preferredKeyKind = preferredKeyKind
    }
}

extension Rados {
    /// What the cluster is (`versions`, `mon dump`); `mon 'allow r'` is enough.
    public func releases() throws -> ClusterReleases {
        let versions = try JSONValue(parsing: send(MonCommand("versions")))
        let monitors = try JSONValue(parsing: send(MonCommand("mon dump")))
        return ClusterReleases(
            monitors: Self.releases(versions["mon"]),
            metadataServers: Self.releases(versions["mds"]),
            acceptedKeyKinds: Self.acceptedKeyKinds(monitors),
            preferredKeyKind: monitors["auth_preferred_cipher"]?["name"]?.string.flatMap(CephxKey.Kind.init(rawValue:))
        )
    }

    /// The releases that `versions` counts daemons of: `{"ceph version 20.2.4 (…) tentacle (stable)": 3}`.
    private static func releases(_ counts: JSONValue?) -> [CephRelease] {
        guard case .object(let counts) = counts else { return [] }
        return counts.keys.compactMap { CephRelease($0) }.sorted()
    }
}
