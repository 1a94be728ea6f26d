/// How this node mounts.
public struct MountingOptions: Sendable, Hashable {
    /// ceph-fuse's absolute path; nil: the first one in PATH.
    public var cephFuse: String?
    /// The absolute path of the directory where ceph-fuse processes have their own mounts; made if missing, for root
    /// alone. It should be the same in every life of the plugin, and of no use to anybody else.
    public var runDirectory: String
    /// How long a mount may take (ceph-fuse's `client_mount_timeout`). After a node's crash the cluster may hold its
    /// files for the dead client for 60 s, so that the first mounts come up at a repetition.
    public var mountTimeout: Duration
    /// How long unstaging waits for data to be written back before it answers that it is not done yet.
    public var unmountTimeout: Duration
    /// The most calls at the same time; each has a thread while it lasts.
    public var threads: Int

    /// Options with their defaults.
    public init(
        cephFuse: String? = nil,
        runDirectory: String = "/run/cephfs-csi",
        mountTimeout: Duration = .seconds(30),
        unmountTimeout: Duration = .seconds(60),
        threads: Int = 16
    ) {
        self.cephFuse = cephFuse
        self.runDirectory = runDirectory
        self.mountTimeout = mountTimeout
        self.unmountTimeout = unmountTimeout
        self.threads = threads
    }
}
