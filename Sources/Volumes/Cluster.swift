/// One entry of the configuration's `clusters`: how to reach a Ceph cluster, and where volumes live on it.
public struct Cluster: Sendable, Hashable {
    /// How nodes mount volumes of this cluster.
    public enum Mounter: String, Sendable, Hashable, CaseIterable {
        /// mount(2) by the kernel's CephFS client.
        case kernel
        /// A ceph-fuse process for each staged volume.
        case fuse
        /// The kernel client where the kernel has one, else ceph-fuse.
        case auto
    }

    /// Of which kind the keys of volume users are.
    public enum CephxKeyType: String, Sendable, Hashable, CaseIterable {
        /// AES-128 where the cluster accepts it, for every node can use it; else AES-256.
        case auto
        /// AES-128: what every client takes.
        case aes
        /// AES-256: Ceph 20, and on nodes ceph-fuse 20 or Linux 7.0.
        case aes256k
    }

    /// The entry's name; the first part of every volume id.
    public var id: String
    /// Monitor addresses as `mon_host` takes them (`10.0.0.1:6789`, `[v2:…,v1:…]`), at least one.
    public var monitors: [String]
    /// The file system's name.
    public var filesystem: String
    /// Absolute path of the directory that holds the groups; never `/`. The provisioner's caps end here.
    public var root: String
    /// The subvolume group for requests that name none.
    public var group: String
    /// Whether a group that does not exist is made by the first volume in it.
    public var createsGroups: Bool
    /// How nodes mount.
    public var mounter: Mounter
    /// Options added to every mount of this cluster's volumes, before those of the StorageClass.
    public var mountOptions: [String]
    /// Options of mounts by the kernel's client, after ``mountOptions``.
    public var kernelMountOptions: [String]
    /// Options of mounts by ceph-fuse, after ``mountOptions``.
    public var fuseMountOptions: [String]
    /// The cluster's id (`ceph fsid`), lower case; nil when the configuration does not say. A node then refuses to mount
    /// from a cluster of another id at the same address.
    public var fsid: String?
    /// The beginning of the ids of all volume users, before a `-`. The provisioner may make, read and remove users that
    /// begin so, and no others; two provisioners of one Ceph cluster need two prefixes.
    public var userPrefix: String
    /// Of which kind the keys of volume users are.
    public var cephxKeyType: CephxKeyType
    /// The provisioner's id without `client.`, for calls that bring no secrets; nil together with ``keyFile``.
    public var user: String?
    /// Absolute path of a file with its bare key.
    public var keyFile: String?
    /// How long deleted volumes stay in the trash, restorable; zero: they are purged at once.
    public var trashRetention: Duration
    /// Where its volumes can be reached from; empty: from every node.
    public var topologies: [Topology]

    /// An entry with the defaults of docs/configuration.md.
    public init(
        id: String,
        monitors: [String],
        filesystem: String = "cephfs",
        root: String = "/volumes",
        group: String = "csi",
        createsGroups: Bool = true,
        mounter: Mounter = .auto,
        mountOptions: [String] = [],
        kernelMountOptions: [String] = [],
        fuseMountOptions: [String] = [],
        fsid: String? = nil,
        userPrefix: String = "csi-volume",
        cephxKeyType: CephxKeyType = .auto,
        user: String? = nil,
        keyFile: String? = nil,
        trashRetention: Duration = .zero,
        topologies: [Topology] = []
    ) {
        self.id = id
        self.monitors = monitors
        self.filesystem = filesystem
        self.root = root
        self.group = group
        self.createsGroups = createsGroups
        self.mounter = mounter
        self.mountOptions = mountOptions
        self.kernelMountOptions = kernelMountOptions
        self.fuseMountOptions = fuseMountOptions
        self.fsid = fsid
        self.userPrefix = userPrefix
        self.cephxKeyType = cephxKeyType
        self.user = user
        self.keyFile = keyFile
        self.trashRetention = trashRetention
        self.topologies = topologies
    }
}

/// Where the current configuration's clusters are found; the file may change while the plugin runs.
public protocol ClusterDirectory: Sendable {
    /// The cluster of that id, nil when the configuration has none.
    func cluster(_ id: String) -> Cluster?
    /// The ids in the file's order; the first is the default when a request names none and it is the only one.
    var clusterIDs: [String] { get }
}

extension ClusterDirectory {
    /// Whether a list shows what is in `group` as the entry `cluster`'s. Entries may have one directory in common, for
    /// groups of different places or mounters; each volume is listed once: as the entry's whose default group it is in
    /// or, where there is none, the first one's.
    public func lists(_ group: String, as cluster: Cluster) -> Bool {
        let sharing = clusterIDs.compactMap(self.cluster).filter { $0.sharesRoot(with: cluster) }
        return (sharing.first { $0.group == group } ?? sharing.first)?.id == cluster.id
    }
}

extension Cluster {
    fileprivate func sharesRoot(with other: Cluster) -> Bool {
        filesystem == other.filesystem && root == other.root && !Set(monitors).isDisjoint(with: other.monitors)
    }
}
