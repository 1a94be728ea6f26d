import Bytes
import CephCommon
import Cryptography
import Glibc

/// Everything a connection depends on. No ceph.conf, keyring or environment variable is read.
public struct CephSettings: Sendable, Hashable {
    /// Monitor addresses as `mon_host` takes them.
    public var monitors: [String]
    /// The file system's name.
    public var filesystem: String
    /// The directory mounted as `/` of the connection: absolute, and where the user's `path=` cap ends.
    public var root: String
    /// The cluster's id, which a connection must find there; nil: any.
    public var fsid: String?
    /// The user's id without `client.`.
    public var user: String
    /// Its key.
    public var key: Secret
    /// How long connecting waits for a monitor (`client_mount_timeout`), in whole seconds.
    public var timeoutSeconds: Int

    /// Joins the parts.
    public init(
        monitors: [String],
        filesystem: String,
        root: String,
        user: String,
        key: Secret,
        timeoutSeconds: Int = 10,
        fsid: String? = nil
    ) {
        self.monitors = monitors
        self.filesystem = filesystem
        self.root = root
        self.user = user
        self.key = key
        self.timeoutSeconds = timeoutSeconds
        self.fsid = fsid
    }

    /// Options for every context of either library, in the order in which they are set. MountProbes names up and looks
    /// at the monitors: not for cooperative threads.
    ///
    /// - Throws: ``CephError/unresolved`` when no monitor has an address.
    ///
    /// The key goes in by `key` and `keyring` points nowhere, so that no file is looked for: a keyring path that does
    /// not exist turns cephx off instead. Errors that matter come back as errnos, so the library's own log stays
    /// silent and keeps little in memory.
    func options() throws -> [(name: String, value: String)] {
        let addresses: [String]
        do {
            addresses = try MonitorList.numeric(monitors)
        } catch {
            throw CephError(call: "getaddrinfo", code: CephError.unresolved, detail: error.description)
        }
        return [
            ("mon_host", addresses.map(MonitorAddress.explicit).joined(separator: ",")),
            ("key", key.withExposed { $0 }),
            ("keyring", "/dev/null"),
            ("client_mount_timeout", "\(timeoutSeconds)"),
            ("rados_mon_op_timeout", "\(timeoutSeconds)"),
            ("log_file", ""),
            ("log_to_stderr", "false"),
            ("err_to_stderr", "false"),
            ("log_max_recent", "1"),
            ("admin_socket", ""),
            ("ms_async_op_threads", "1"),
        ]
    }

    /// Tells one cluster from another, for who keeps things apart.
    var cluster: String { monitors.joined(separator: ",") }

    /// Refuses what the libraries must not see.
    ///
    /// - Throws: ``CephError`` EINVAL for a malformed key, ``CephError/keyKindUnknown`` for one of a kind that the library
    ///   can't use, EPERM for the root of a whole file system.
    func validate(for library: ClientLibrary) throws {
        guard let kind = CephxKey.kind(of: key) else {
            throw CephError(call: "ceph_conf_set", code: EINVAL, path: "key", detail: "not a cephx key")
        }
        guard library.keyKinds.contains(kind) else {
            let detail = "client.\(user) has an AES-256 key, which \(library.name) can't use"
            throw CephError(call: "ceph_conf_set", code: CephError.keyKindUnknown, path: "key", detail: detail)
        }
        let parts = root.split(byte: "/")
        guard root.begins(with: "/"), !parts.isEmpty, !parts.contains("."), !parts.contains("..") else {
            throw CephError(
                call: "ceph_mount",
                code: EPERM,
                path: root,
                detail: "the root of a file system is never mounted"
            )
        }
    }

    /// Options of the file system's client.
    ///
    /// - `client_fs`: reclaim runs before the mount and would ask the default file system's MDS.
    /// - `client_mount_uid`, `client_mount_gid`: directories belong to root, whoever runs the plugin, and
    ///   `client_permissions`: the MDS checks the user's caps; the mode bits are for the volumes' users.
    /// - `client_oc_target_dirty`: a buffered write starts on its way to the OSD at once, so that the fsync some
    ///   calls later finds it done.
    /// - `client_check_pool_perm`: else the first write to every namespace is preceded by two questions to an OSD, and the
    ///   answers are kept for ever, for each volume's namespace. What the user may not write fails by itself.
    /// - `client_quota`: a client that heeds quotas refuses every rename across one (EXDEV), while the MDS does not mind. A
    ///   group with a quota is Ceph's own way to limit a tenant, and volumes are renamed into it and out of it. Ceph's manager
    ///   makes its volumes with the same setting. What brings content asks for room itself.
    /// - `client_dirsize_rbytes`: a directory's size is how many entries it has, which a list uses to see that a volume
    ///   is whole.
    /// - `client_acl_type`: without it the client neither reads nor writes the POSIX ACLs that the kernel client lets a
    ///   volume's users set, and a copy could not keep them.
    /// - `client_caps_release_delay`: a file that was closed is given back at once. When a client dies that could still
    ///   write to a file, the MDS looks at the file's objects and sets its time of change to theirs, so files that were
    ///   copied seconds before a crash would lose their times.
    /// - the caches hold what provisioning touches, a few dozen directories and no data.
    var fileSystemOptions: [(name: String, value: String)] {
        [
            ("client_fs", filesystem),
            ("client_mount_uid", "0"),
            ("client_mount_gid", "0"),
            ("client_permissions", "false"),
            ("client_acl_type", "posix_acl"),
            ("client_caps_release_delay", "0"),
            ("client_oc_target_dirty", "0"),
            ("client_check_pool_perm", "false"),
            ("client_quota", "false"),
            ("client_dirsize_rbytes", "false"),
            ("client_oc_size", "\(4 << 20)"),
            ("client_oc_max_dirty", "\(2 << 20)"),
            ("client_oc_max_objects", "64"),
            ("client_cache_size", "1024"),
            ("client_shutdown_timeout", "10"),
        ]
    }
}

extension CephSettings {
    /// Sets `options` by `set`, which is ceph_conf_set or rados_conf_set.
    ///
    /// - Parameter call: its name, for errors.
    /// - Throws: ``CephError`` with the option's name as its path. The value is not named: it may be the key.
    static func apply(
        _ options: [(name: String, value: String)],
        _ call: String,
        _ set: (_ name: String, _ value: String) -> Int32
    ) throws {
        for option in options {
            let result = set(option.name, option.value)
            // Options come and go with releases; those that a release does not know it does not need.
            guard result != -ENOENT else { continue }
            try CephError.check(result, call, path: option.name)
        }
    }
}
