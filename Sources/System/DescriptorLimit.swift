import Glibc

/// How many files, sockets and pipes this process may have open: setrlimit(2), RLIMIT_NOFILE.
///
/// Ceph's client library ends the process when it can't open a socket, so the limit is looked at before any work begins.
public struct DescriptorLimit: Sendable, Hashable {
    /// What is in force.
    public let soft: UInt64
    /// What the process may raise it to without privileges.
    public let hard: UInt64

    /// Enough for connections to thousands of OSDs. Not as many as there may be: some programs close every number up to
    /// the limit when they start.
    public static let plenty: UInt64 = 4096

    private static let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)

    /// This process's limit now.
    public static var current: DescriptorLimit {
        var limit = rlimit()
        getrlimit(resource, &limit)
        return DescriptorLimit(soft: UInt64(limit.rlim_cur), hard: UInt64(limit.rlim_max))
    }

    /// Raises the soft limit to ``plenty``, or to the hard limit where that is lower; one that is higher stays as it is.
    /// Programs that this process starts inherit it.
    public static func raise() {
        let now = current
        let wanted = min(plenty, now.hard)
        guard now.soft < wanted else { return }
        var limit = rlimit(rlim_cur: rlim_t(wanted), rlim_max: rlim_t(now.hard))
        setrlimit(resource, &limit)
    }
}
