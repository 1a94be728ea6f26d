/// How this node mounts.
public struct MountingOptions: Sendable, Hashable {
    /// ceph-fuse's absolute path; nil: the first one in PATH.
    public var cephFuse: String?
    /// The absolute path of the directory where volumes come up before they are attached to the CO's paths, and where
    /// ceph-fuse processes keep their own mounts; made if missing, for root alone. It is the same in every life of the
    /// plugin, and lies where mounts do not propagate: what the kubelet sees of them keeps it from unstaging.
    public var runDirectory: String
    /// The run directory of earlier versions, where mounts do propagate; nil: there was none. What is left there is used
    /// as long as pods use it, and then taken away.
    public var formerRunDirectory: String?
    /// How long a mount may take (ceph-fuse's `client_mount_timeout`, the kernel's `mount_timeout`). After a node's crash the cluster may hold its
    /// files for the dead client for 60 s, so that the first mounts come up at a repetition.
    public var mountTimeout: Duration
    /// How long unstaging waits for data to be written back before it answers that it is not done yet.
    public var unmountTimeout: Duration
    /// How long data of a volume that the kernel's client has mounted may take to be written back, at an unstage, before
    /// the mount is taken off by force and what is not written yet is lost; nil: never.
    public var forceUnmountAfter: Duration?
    /// How long a mount may take to answer before its statistics say that it does not.
    public var statisticsPatience: Duration
    /// A directory of cgroup v2, in whose children ceph-fuse processes are put, so that they outlive the plugin's own
    /// container; nil: they stay where the plugin is.
    public var fuseCgroup: String?
    /// Whether ceph-fuse processes leave the container's cgroups, so that they outlive it.
    public var leavesContainer: Bool
    /// The absolute path of a directory that outlives the container, for the names of ceph-fuse's sessions; nil: a session
    /// whose process was killed lasts until the MDS gives it up.
    public var sessionDirectory: String?
    /// The absolute path of a directory that outlives the container, for which volume is mounted where; nil: what is mounted
    /// is all that tells.
    public var recordDirectory: String?
    /// The program, with its first arguments, that ends an abandoned session.
    public var sessionReclaimer: [String]
    /// The most calls at the same time; each has a thread while it lasts.
    public var threads: Int

    /// Options with their defaults.
    public init(
        cephFuse: String? = nil,
        runDirectory: String = "/run/cephfs-csi",
        formerRunDirectory: String? = nil,
        mountTimeout: Duration = .seconds(30),
        unmountTimeout: Duration = .seconds(60),
        forceUnmountAfter: Duration? = .seconds(90),
        statisticsPatience: Duration = .seconds(5),
        fuseCgroup: String? = nil,
        leavesContainer: Bool = false,
        sessionDirectory: String? = nil,
        recordDirectory: String? = nil,
        sessionReclaimer: [String] = ["/proc/self/exe", "reclaim-session"],
        threads: Int = 16
    ) {
        self.cephFuse = cephFuse
        self.runDirectory = runDirectory
        self.formerRunDirectory = formerRunDirectory
        self.mountTimeout = mountTimeout
        self.unmountTimeout = unmountTimeout
        self.forceUnmountAfter = forceUnmountAfter
        self.statisticsPatience = statisticsPatience
        self.fuseCgroup = fuseCgroup
        self.leavesContainer = leavesContainer
        self.sessionDirectory = sessionDirectory
        self.recordDirectory = recordDirectory
        self.sessionReclaimer = sessionReclaimer
        self.threads = threads
    }
}
