import System

/// The process may open too few files: Ceph's client library would end it in the middle of its work.
struct TooFewDescriptors: Error, CustomStringConvertible {
    let role: Role
    let limit: UInt64

    /// - Throws: where the limit, raised as far as it can be, is lower than what the role takes.
    static func check(for role: Role) throws(TooFewDescriptors) {
        let limit = DescriptorLimit.current.soft
        guard limit < role.descriptorsNeeded else { return }
        throw TooFewDescriptors(role: role, limit: limit)
    }

    var description: String {
        "the limit of open files (RLIMIT_NOFILE) is \(limit) and can't be raised from here; the role \(role.rawValue) needs "
            + "\(role.descriptorsNeeded): raise the hard limit, for example with LimitNOFILE= in the container runtime's "
            + "systemd unit, docker run --ulimit nofile=4096, or prlimit --nofile=4096"
    }
}
