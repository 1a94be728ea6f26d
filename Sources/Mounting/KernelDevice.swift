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
                fix: "with the kernel's client, user and file system must be of letters, digits, `.`, `_` and `-`"
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

/// How the mount table shows a volume that the kernel's client has mounted.
struct KernelIdentity: Sendable, Hashable {
    let user: String
    let filesystem: String
    let path: String
    /// The cluster's id; nil when the configuration does not say.
    let fsid: String?

    init(_ request: StageRequest) {
        user = request.credentials.user
        filesystem = request.filesystem
        path = Self.normalized(request.path)
        fsid = request.cluster.fsid
    }

    /// Without doubled and trailing slashes.
    static func normalized(_ path: String) -> String { "/" + path.split(byte: "/").joined(separator: "/") }

    /// Whether `entry` is a mount of it, in either syntax of the device. The monitors do not count: the configuration's
    /// may have changed since it was mounted.
    func matches(_ entry: MountEntry) -> Bool {
        guard entry.type == "ceph", let slash = entry.source.firstIndex(ofByte: "/"),
            entry.source[slash...].isSame(as: path)
        else {
            return false
        }
        let device = entry.source[..<slash]
        if device.last == ":" {
            return value(of: "name", in: entry) == user && value(of: "mds_namespace", in: entry) == filesystem
        }
        guard device.last == "=", let at = device.firstIndex(of: "@"), device[..<at] == user,
            let dot = device[at...].firstIndex(of: ".")
        else { return false }
        let id = device[device.index(after: at)..<dot]
        return device[device.index(after: dot)...].dropLast() == filesystem && (fsid ?? String(id)) == id
    }

    private func value(of name: String, in entry: MountEntry) -> String? {
        entry.superOptions.first { $0.begins(with: "\(name)=") }
            .map { MountEntry.unescaped($0.dropFirst(name.utf8.count + 1)) }
    }
}
