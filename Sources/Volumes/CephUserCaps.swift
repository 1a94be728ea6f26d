/// What each of the plugin's Ceph users may do, as cap texts: the one place that knows them. docs/caps.md explains them.
public struct CephUserCaps: Sendable, Hashable {
    /// The monitors' part.
    public var mon: String
    /// The metadata servers' part; nil for none.
    public var mds: String?
    /// The OSDs' part; nil for none.
    public var osd: String?
    /// The manager's part; nil for none.
    public var mgr: String?

    /// Before the uuid of a volume's data directory: the volume's RADOS namespace.
    public static let namespacePrefix = "cephfs-csi-"

    /// Daemon and text of each part, in the order that `ceph auth` prints.
    public var pairs: [(daemon: String, caps: String)] {
        let parts: [(daemon: String, caps: String?)] = [("mds", mds), ("mgr", mgr), ("mon", mon), ("osd", osd)]
        return parts.compactMap { part in part.caps.map { (part.daemon, $0) } }
    }

    /// A volume's user: its data directory, and the objects of its files.
    ///
    /// - Parameters:
    ///   - pool: the data pool of the volume's files.
    ///   - namespace: their RADOS namespace; empty for the default one, which all volumes isolated by path share.
    public static func volume(
        filesystem: String,
        path: String,
        pool: String,
        namespace: String,
        readOnly: Bool
    ) -> CephUserCaps {
        let access = readOnly ? "r" : "rw"
        return CephUserCaps(
            mon: "allow r fsname=\(filesystem)",
            mds: "allow \(access) fsname=\(filesystem) path=\(path)",
            osd: namespace.isEmpty
                ? "allow \(access) tag cephfs data=\(filesystem)"
                : "allow \(access) pool=\(pool) namespace=\(namespace)",
            // No access at all; the provisioner's own caps pin each part, this one included, so it must be named.
            mgr: "allow command noop"
        )
    }

    /// The provisioner: directories below the root, the records' namespace and the volumes', and volume users.
    ///
    /// Without the pins on every part of a user that it may make, a key that can make users is an administrator's. They bind
    /// this plugin's requests and Ceph's tools', not somebody who has the key and writes requests of his own; docs/caps.md
    /// says more. `auth caps` is not among them: its pins hold for nobody.
    ///
    /// - Parameters:
    ///   - pools: the data pools that volumes may lie in, at least one.
    ///   - isolations: those that volumes may have. With ``Isolation/path`` the provisioner can read every volume's data.
    ///   - adopted: beginnings of the RADOS namespaces of volumes that were adopted with one (`fsvolumens_`).
    ///   - makesUsers: whether volumes have users of their own. Without, it has no power over any user at all.
    public static func provisioner(
        of cluster: Cluster,
        pools: [String],
        isolations: Set<Isolation>,
        adopted: [String] = [],
        makesUsers: Bool = true
    ) -> CephUserCaps {
        let pins = pins(cluster, pools, isolations, adopted)
        let own = "entity prefix client.\(cluster.userPrefix)-"
        let mon = [
            "allow r",
            "allow command \"auth get-or-create\" with \(own) \(pins)",
            "allow command \"auth get\" with \(own)",
            "allow command \"auth rm\" with \(own)",
        ]
        let osd =
            isolations.contains(.path)
            ? ["allow rw tag cephfs data=\(cluster.filesystem)"]
            : pools.flatMap { pool in
                ([namespacePrefix] + adopted).map { "allow rw pool=\(pool) namespace=\($0)*" }
            }
        return CephUserCaps(
            mon: makesUsers ? mon.joined(separator: ", ") : "allow r",
            mds: "allow rwfps fsname=\(cluster.filesystem) path=\(cluster.root)",
            osd: osd.joined(separator: ", ")
        )
    }

    /// The user of `credentials: shared`: every volume of the cluster's group.
    public static func node(of cluster: Cluster) -> CephUserCaps {
        CephUserCaps(
            mon: "allow r",
            mds: "allow rw fsname=\(cluster.filesystem) path=\(cluster.root)/\(cluster.group)",
            osd: "allow rw tag cephfs data=\(cluster.filesystem)"
        )
    }

    /// The fencer: lists and ends sessions (MDS commands want full rights), reads and writes no data.
    public static func fencer(of cluster: Cluster) -> CephUserCaps {
        CephUserCaps(mon: "allow r", mds: "allow *")
    }

    /// The constraints that keep a minted user a volume's: each part of its caps is matched whole
    /// (MonCap's regex, POSIX extended).
    private static func pins(
        _ cluster: Cluster,
        _ pools: [String],
        _ isolations: Set<Isolation>,
        _ adopted: [String]
    ) -> String {
        let name = "[A-Za-z0-9][A-Za-z0-9._-]*"
        var objects: [String] = []
        if isolations.contains(.namespace) {
            let pool = pools.count == 1 ? literal(pools[0]) : "(\(pools.map(literal).joined(separator: "|")))"
            let own = "\(namespacePrefix)[0-9a-f-]+"
            let namespaces = [own] + adopted.map { "\(literal($0))[A-Za-z0-9._-]*" }
            let namespace = adopted.isEmpty ? own : "(\(namespaces.joined(separator: "|")))"
            objects.append("pool=\(pool) namespace=\(namespace)")
        }
        if isolations.contains(.path) { objects.append("tag cephfs data=\(literal(cluster.filesystem))") }
        let osd = objects.count == 1 ? objects[0] : "(\(objects.joined(separator: "|")))"
        // What a deleted volume's snapshots hold may still back other volumes.
        let place = "(_retained|\(name))"
        let mds = "fsname=\(literal(cluster.filesystem)) path=\(literal(cluster.root))/\(place)/\(name)/\(name)"
        return [
            "caps_mon=\"allow r fsname=\(cluster.filesystem)\"",
            "caps_osd regex \"allow rw? \(osd)\"",
            "caps_mds regex \"allow rw? \(mds)\"",
            "caps_mgr=\"allow command noop\"",
        ].joined(separator: " ")
    }

    /// `text`, a safe name or a path of such, as a regular expression that matches it alone.
    private static func literal(_ text: String) -> String {
        text.map { $0 == "." ? "[.]" : String($0) }.joined()
    }
}
