import Glibc
import System
import Volumes

/// Why mount(2) of a CephFS failed: its errno, and what tells apart the causes that end in the same one.
struct KernelMountFailure: Sendable, Hashable {
    let errno: Int32
    /// Whether it came long before `mount_timeout` was over. A refusal does; silence takes the whole time.
    let cameEarly: Bool
    /// Whether a monitor takes connections; only looked at after silence.
    let monitorsTakeConnections: Bool

    /// The errnos after which it matters whether monitors take connections.
    static let silence: Set<Int32> = [EHOSTUNREACH, ETIMEDOUT, EIO, ECONNREFUSED, ENETUNREACH, ECONNRESET, ENOTCONN]

    /// The failure in the field's terms: the one table of this call's errnos (fs/ceph, net/ceph; seen with Linux 6.1).
    func volumeError(for request: StageRequest) -> VolumeError {
        let user = "client.\(request.credentials.user)"
        let cluster = "cluster \(request.cluster.id.debugDescription)"
        let filesystem = "file system \(request.filesystem.debugDescription)"
        let place = "\(request.path.debugDescription) on \(filesystem)"
        switch errno {
        // EPERM is also the client's answer when it can't find the key (get_secret), which is in the keyring here.
        case EACCES, EPERM:
            return .permissionDenied(
                missing: "\(user) may not mount \(place): it needs the mds cap "
                    + "`allow rw fsname=\(request.filesystem) path=\(request.path)` (or a parent of the path)"
            )
        case ENOENT:
            return .notFound("\(place) does not exist on \(cluster)")
        case ENOTDIR:
            return .notADirectory(request)
        case ENOKEY, EKEYREJECTED, EKEYEXPIRED, EKEYREVOKED:
            return .unauthenticated("the kernel did not find the key of \(user) that it was given (errno \(errno))")
        case EHOSTUNREACH where cameEarly:
            // A wrong key, an unknown user and an unknown file system all end so, within milliseconds.
            return .unauthenticated(
                "\(cluster) does not accept \(user) with this key, or has no \(filesystem) that this user may see"
            )
        case _ where Self.silence.contains(errno):
            return .unavailable(silence(cluster, filesystem, request))
        case EINVAL:
            return .invalid(
                field: MountOptions.field,
                fix: "this node's kernel (\(KernelVersion.current)) refuses one of the options "
                    + "\(request.options.joined(separator: ",").debugDescription); its log says which (dmesg). "
                    + "If it says none, \(request.path.debugDescription) is a symbolic link: write the path of the directory itself"
            )
        case ENODEV:
            return .preconditionFailed(KernelMounter.missing)
        case ESHUTDOWN:
            return .unavailable(
                "\(cluster) has blocklisted this node's address: `ceph osd blocklist ls` says until when"
            )
        case ENOMEM, ENFILE, EMFILE, ENOSPC, EAGAIN:
            return .unavailable("\(SystemCallError("mount", errno: errno, on: place)): this node is short of resources")
        default:
            return .unexpected("\(SystemCallError("mount", errno: errno, on: place))")
        }
    }

    private func silence(_ cluster: String, _ filesystem: String, _ request: StageRequest) -> String {
        let monitors = request.cluster.monitors.joined(separator: ", ")
        guard monitorsTakeConnections else {
            return "no monitor of \(cluster) takes connections from this node (\(monitors); errno \(errno))"
        }
        return
            "\(cluster) takes connections but did not serve the mount in time: \(filesystem) has no active MDS, or the "
            + "monitors do not answer (\(monitors); errno \(errno))"
    }
}
