import Bytes
import Volumes

/// The source and the data of mount(2) for a CephFS; the key is in neither.
struct KernelDevice: Sendable, Hashable {
    /// What to mount.
    let source: String
    /// The client's options, joined by commas.
    let data: String

    /// The name of a user's key in the kernel's keyring, as the option `key` takes it.
    static func keyName(of user: String) -> String { "client.\(user)" }

    /// The newer syntax, `user@fsid.filesystem=/path`, where the kernel knows it and the configuration the cluster's
    /// id, so that the mount table says which cluster it is; else the older one, `monitors:/path`.
    ///
    /// `noshare`: without it the kernel gives two mounts of one path, user and set of options one client and one
    /// superblock in common, so that a mount made to replace a dead one would get the dead one's, and two stages of a
    /// volume would look like one.
    ///
    /// `norequire_active_mds`: without it a mount fails at once while no MDS is active, with the errno of a wrong key;
    /// with it, it waits for one until `mount_timeout` is over.
    ///
    /// - Throws: ``VolumeError/invalid(field:fix:)`` for names that would end an option early, or for more text than
    ///   mount(2) takes.
    init(
        _ request: StageRequest,
        monitors: KernelMonitors,
        options: KernelOptions,
        timeout: Duration,
        kernel: KernelVersion = .current
    ) throws(VolumeError) {
        let user = request.credentials.user
        guard user.utf8.allSatisfy(PlainText.isNameByte), request.filesystem.utf8.allSatisfy(PlainText.isNameByte)
        else {
            throw .invalid(
                field: "secrets",
                fix: "with the kernel's client, user and file system may contain only letters, digits, `.`, `_` and `-`"
            )
        }
        var parts = ["noshare", "norequire_active_mds", "key=\(Self.keyName(of: user))"]
        if let mode = monitors.mode { parts.append("ms_mode=\(mode)") }
        if options.timeout == nil { parts.append("mount_timeout=\(max(1, timeout.components.seconds))") }
        let path = KernelIdentity.normalized(request.path)
        if let fsid = request.cluster.fsid, kernel >= .deviceWithID {
            source = "\(user)@\(fsid).\(request.filesystem)=\(path)"
            parts.append("mon_addr=\(monitors.addresses.joined(separator: "/"))")
        } else {
            source = "\(monitors.addresses.joined(separator: ",")):\(path)"
            parts += ["name=\(user)", "mds_namespace=\(request.filesystem)"]
        }
        data = (parts + options.client).joined(separator: ",")
        // A page for the data, and PATH_MAX for the source, their final NUL included (mount(2)).
        guard data.utf8.count < 4096, source.utf8.count < 4096 else {
            throw .invalid(
                field: MountOptions.field,
                fix: "monitors and options must be shorter than 4096 bytes in all"
            )
        }
    }
}
