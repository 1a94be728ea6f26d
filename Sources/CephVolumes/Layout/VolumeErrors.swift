import Ceph
import Glibc
import Volumes

/// Whom and what a failed call was about, for messages.
struct ErrorContext: Sendable {
    /// The cluster's id in the configuration.
    var cluster: String
    /// The user, without `client.`.
    var user: String
    var filesystem: String
    /// The mount's root.
    var root: String
    /// The data pool asked for.
    var dataPool: String?
    /// How the volume is kept apart from others, where that matters.
    var isolation = Isolation.namespace
}

extension VolumeError {
    /// What `error`, met in `step`, means for a volume: the one table of errnos.
    ///
    /// Not for connecting, whose errnos need more to be told apart: ``ConnectErrors``.
    init(_ error: CephError, in step: Step, _ context: ErrorContext) {
        let user = "client.\(context.user)"
        switch (step, error.code) {
        case (_, ESHUTDOWN), (_, ENOTCONN):
            self = .unavailable("cluster \(context.cluster) dropped the connection of \(user): \(error)")
        case (_, EBUSY):
            self = .unavailable(
                "cluster \(context.cluster) is busy with another operation on the same object while "
                    + "\(step.rawValue), retry: \(error)"
            )
        case (_, ETIMEDOUT), (_, EAGAIN), (_, EINTR):
            self = .unavailable("cluster \(context.cluster) did not answer in time while \(step.rawValue): \(error)")
        case (_, EDQUOT):
            self = .capacityExhausted("a quota of \(context.root), or of a directory below it, is exhausted: \(error)")
        case (_, ENOSPC):
            self = .capacityExhausted(
                "cluster \(context.cluster) is full, or the quota of the data pool is exhausted (`ceph df detail` "
                    + "shows which): "
                    + "\(error)"
            )
        case (.choosePool, EINVAL), (.choosePool, ENOENT):
            self = .invalid(
                field: "parameters[dataPool]",
                fix:
                    "\(context.dataPool ?? "the pool") is not a data pool of file system \(context.filesystem); add "
                    + "it with `ceph fs add_data_pool`"
            )
        case (.changePool, EINVAL), (.changePool, ENOENT):
            self = .invalid(
                field: "mutable_parameters[dataPool]",
                fix: "it is not a data pool of file system \(context.filesystem); add it with `ceph fs add_data_pool`"
            )
        case (.pin, EINVAL):
            self = .invalid(field: "mutable_parameters[pin]", fix: "Ceph does not accept this rank: \(error)")
        case (.limitFiles, EINVAL):
            self = .invalid(field: "mutable_parameters[maxFiles]", fix: "Ceph does not accept this number: \(error)")
        case (.limit, EINVAL):
            self = .outOfRange("the quota is not accepted: \(error)")
        case (.writeMetadata, EPERM), (.writeMetadata, EACCES):
            self = .permissionDenied(
                missing:
                    "\(user) can't write the mgr's records (namespace \(VolumeLayout.metadataNamespace)): it needs "
                    + "the OSD cap '\(Self.osdCap(context))': \(error)"
            )
        case (.checkAccess, EPERM), (.checkAccess, EACCES):
            self = .permissionDenied(
                missing:
                    "\(user) can't write or read files of a volume with isolation \(context.isolation.rawValue): it needs the OSD cap "
                    + "'\(Self.osdCap(context))': \(error)"
            )
        case (.checkAccess, EOPNOTSUPP), (.checkAccess, EINVAL):
            self = .preconditionFailed(
                "\(context.dataPool.map { "the pool \($0)" } ?? "the file system's default data pool") can't hold files; "
                    + "an erasure-coded one needs allow_ec_overwrites: \(error)"
            )
        case (.mint, EPERM), (.mint, EACCES), (.dropUser, EPERM), (.dropUser, EACCES):
            self = .permissionDenied(
                missing:
                    "\(user) needs the mon cap that creates and removes the cluster's volume users (docs/caps.md), "
                    + "while \(step.rawValue): \(error)"
            )
        case (.fence, EPERM), (.fence, EACCES):
            self = .permissionDenied(
                missing: "\(user) (fencerID) needs the caps mon 'allow r', mds 'allow *' to end sessions: \(error)"
            )
        case (.freeze, EPERM), (.freeze, EACCES):
            self = .permissionDenied(
                missing: "\(user) (fencerID) needs the caps mon 'allow r', mds 'allow *' to freeze volumes: \(error)"
            )
        case (.takeSnapshot, EPERM), (.takeSnapshot, EACCES), (.dropSnapshot, EPERM), (.dropSnapshot, EACCES):
            self = .permissionDenied(
                missing: "\(user) needs the flag s in its MDS cap 'allow rwfps fsname=\(context.filesystem) "
                    + "path=\(context.root)', and the file system needs allow_new_snaps, while \(step.rawValue): \(error)"
            )
        case (.copy, EPERM), (.copy, EACCES):
            self = .permissionDenied(
                missing: "\(user) can't read the source's files or write the new volume's: it needs the OSD cap "
                    + "'\(Self.osdCap(context))' for the pools of both, and for a volume with isolation path "
                    + "'allow rw tag cephfs data=\(context.filesystem)': \(error)"
            )
        case (.copy, ENOENT), (.copy, ESTALE):
            self = .unavailable("the source or the staging directory was removed during the copy, retry: \(error)")
        case (.takeSnapshot, EMLINK):
            self = .capacityExhausted(
                "the volume has as many snapshots as the MDS allows (mds_max_snaps_per_dir): \(error)"
            )
        case (_, EPERM), (_, EACCES):
            self = .permissionDenied(
                missing: "\(user) needs the MDS cap 'allow rwfps fsname=\(context.filesystem) "
                    + "path=\(context.root)' while \(step.rawValue): \(error)"
            )
        case (.purge, ENOTEMPTY):
            self = .preconditionFailed(
                "\(error.path ?? "it") has snapshots that this plugin did not make, or new files: remove them first: \(error)"
            )
        case (.publish, EXDEV), (.trash, EXDEV), (.restore, EXDEV), (.retain, EXDEV):
            self = .preconditionFailed(
                "the group lies in a subvolume, out of and into which nothing can be renamed. As an administrator, "
                    + "remove the flag from the directory that has it (setfattr -n ceph.dir.subvolume -v 0): \(error)"
            )
        case (.move, EXDEV):
            self = .preconditionFailed(
                "nothing can be renamed out of a subvolume. As an administrator, remove the flag from the directory "
                    + "above that has it (setfattr -n ceph.dir.subvolume -v 0) and run this again; or copy the "
                    + "content into a new volume: "
                    + "\(error)"
            )
        case (.prepare, ENOENT), (.makeGroup, ENOENT), (_, ESTALE):
            self = .unavailable(
                "the root \(context.root), or what is in it, was removed or made again while \(step.rawValue): make it if it is "
                    + "missing; the next attempt has a new connection: \(error)"
            )
        case (.stage, ENOENT), (.publish, ENOENT):
            self = .unavailable("the group or the staging directory was removed concurrently, retry: \(error)")
        case (_, ELOOP):
            self = .tampered(
                "\(error.path ?? context.root) does not belong to the plugin: \(error.detail ?? "a symbolic link"). "
                    + "Someone with write access there may have put it there; nothing was changed. Find out who did, "
                    + "and remove it (\(step.rawValue))"
            )
        case (_, ENOTDIR):
            self = .preconditionFailed(
                "something that is not a directory is in the way while \(step.rawValue): \(error)"
            )
        case (_, EROFS):
            self = .preconditionFailed("the file system \(context.filesystem) is read-only: \(error)")
        case (_, ELIBACC):
            self = .preconditionFailed("\(error)")
        case (_, CephError.keyKindUnknown):
            self = .preconditionFailed(
                "\(error.detail ?? "the client library can't use the key of \(user)"): run the plugin with the client "
                    + "libraries of Ceph 20, or, where cluster \(context.cluster) allows AES keys, give \(user) one "
                    + "(docs/caps.md#key-types)"
            )
        default:
            self = .unexpected("\(step.rawValue) failed: \(error)")
        }
    }

    /// What lets the provisioner reach the files of new volumes, and no more.
    private static func osdCap(_ context: ErrorContext) -> String {
        switch context.isolation {
        case .namespace: "allow rw pool=\(context.dataPool ?? "<data pool>") namespace=\(CephUserCaps.namespacePrefix)*"
        case .path: "allow rw tag cephfs data=\(context.filesystem)"
        }
    }
}
