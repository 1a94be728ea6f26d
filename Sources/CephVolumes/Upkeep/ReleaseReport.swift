import Ceph
import CephCommon
import Synchronization
import Volumes

/// Logs which releases of Ceph meet: a cluster's and this process's client library. Once for each cluster, and again when
/// an update has changed something.
final class ReleaseReport: Sendable {
    private let connections: CephConnections
    private let log: CephVolumesLog
    private let told = Mutex<[String: [String]]>([:])

    init(connections: CephConnections, log: @escaping CephVolumesLog) {
        self.connections = connections
        self.log = log
    }

    /// Asks the monitors. Nobody waits for it, and nothing depends on it: what fails is asked again in the next round.
    func tell(_ cluster: Cluster, _ settings: CephSettings) async {
        let asked = try? await connections.runMonitors(settings, "asking for releases") { rados in
            (try rados.releases(), try ClientLibrary.installed())
        }
        guard let (releases, library) = asked else { return }
        let line = Self.line(releases, library, cluster)
        let warnings = Self.warnings(releases, library, cluster)
        let isNews = told.withLock { told in
            defer { told[cluster.id] = [line] + warnings }
            return told[cluster.id] != [line] + warnings
        }
        guard isNews else { return }
        log(.info, line)
        for warning in warnings { log(.warning, warning) }
    }

    static func line(_ releases: ClusterReleases, _ library: ClientLibrary, _ cluster: Cluster) -> String {
        func list(_ releases: [CephRelease]) -> String {
            releases.isEmpty ? "of an unknown release" : releases.map { "\($0)" }.joined(separator: " and ")
        }
        return "cluster \(cluster.id): monitors \(list(releases.monitors)), metadata servers "
            + "\(list(releases.metadataServers)); the client library is \(library.name)"
    }

    /// What does not work between the two: seen on real clusters (docs/compatibility.md), not supposed.
    static func warnings(_ releases: ClusterReleases, _ library: ClientLibrary, _ cluster: Cluster) -> [String] {
        guard !library.knowsAES256Keys else { return [] }
        var warnings: [String] = []
        if releases.preferredKeyKind == .aes256k {
            warnings.append(
                "cluster \(cluster.id) gives new users AES-256 keys (auth_preferred_cipher), which \(library.name) can't use: "
                    + "run an image with the client of Ceph 20, or make the plugin's own users with `--key-type aes`"
            )
        }
        if cluster.cephxKeyType == .aes256k, cluster.mounter != .kernel {
            warnings.append(
                "cluster \(cluster.id) has cephxKeyType: aes256k, and ceph-fuse of the release of \(library.name) can't use "
                    + "such keys: only nodes that mount with the kernel's client of Linux 7.0 or newer can mount its volumes"
            )
        }
        return warnings
    }
}
