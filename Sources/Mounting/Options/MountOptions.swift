import Bytes
import Volumes

/// The mount options of a request: the cluster's first, then the capability's mount_flags.
struct MountOptions: Sendable, Hashable {
    /// What is handed on to the client, in order.
    let passed: [String]
    /// Whether `ro` is among them.
    let isReadOnly: Bool

    /// Names that a request may not set, with or without a value, and why.
    private static let refused: [String: String] = {
        let credentials = "credentials come from the request's secrets only"
        let connection = "it is set from the configuration and the volume"
        let own = "the plugin sets it itself"
        let dangerous = "an evicted client must stay evicted"
        let careless = "it turns off a check that keeps data safe"
        let reasons: [(String, [String])] = [
            (credentials, ["name", "id", "user", "secret", "secretfile", "key", "keyfile", "keyring"]),
            (connection, ["mon_addr", "mon_host", "monmap", "fsid", "fs", "client_fs", "mds_namespace"]),
            (connection, ["client_mds_namespace", "client_mountpoint", "conf", "config", "ip", "setuser", "setgroup"]),
            (own, ["fsname", "subtype", "allow_root", "allow_other", "user_id", "group_id", "fd", "rootmode", "uid"]),
            (own, ["gid", "umask", "auto_unmount", "remount", "bind", "rbind", "move", "private", "rprivate"]),
            (own, ["shared", "rshared", "slave", "rslave", "unbindable", "runbindable", "blkdev", "loop", "users"]),
            (dangerous, ["recover_session", "client_reconnect_stale"]),
            (careless, ["poolperm", "nopoolperm"]),
            (careless, ["cephx_require_signatures", "nocephx_require_signatures"]),
            (careless, ["cephx_sign_messages", "nocephx_sign_messages"]),
            (own, ["share", "noshare", "source", "require_active_mds", "norequire_active_mds"]),
            (
                own,
                ["client_mount_timeout", "client_acl_type", "client_metadata", "client_mount_uid", "client_mount_gid"]
            ),
            (careless, ["client_permissions", "client_check_pool_perm", "client_quota"]),
        ]
        return Dictionary(uniqueKeysWithValues: reasons.flatMap { reason, names in names.map { ($0, reason) } })
    }()

    /// Options that label a mount for SELinux (mount(8), "context="); they alone may hold commas, between double quotes.
    static let labels: Set<String> = ["context", "fscontext", "defcontext", "rootcontext"]

    /// What tells mount(8) and /etc/fstab's readers when and how to mount, and means nothing to a client (mount(8),
    /// "FILESYSTEM-INDEPENDENT MOUNT OPTIONS").
    private static func isForTables(_ name: String) -> Bool {
        ["defaults", "_netdev", "nofail", "auto", "noauto", "comment"].contains(name) || name.begins(with: "x-")
            || name.begins(with: "X-")
    }

    /// The options of `request` for one client: those for both, then its own, which may be any but `ro` and `rw`.
    init(_ options: [String], own: [String], field: String) throws(VolumeError) {
        try self.init(options)
        let others = try MountOptions(own)
        guard !own.contains("ro"), !own.contains("rw") else {
            throw .invalid(field: field, fix: "must not contain ro or rw: put it into mountOptions, for both clients")
        }
        self.init(passed: passed + others.passed, isReadOnly: isReadOnly)
    }

    private init(passed: [String], isReadOnly: Bool) {
        self.passed = passed
        self.isReadOnly = isReadOnly
    }

    /// Checks `options`. Those that are not for a client at all are left out.
    ///
    /// - Throws: ``VolumeError/invalid(field:fix:)`` naming the first one that is refused, never its value.
    init(_ options: [String]) throws(VolumeError) {
        var passed: [String] = []
        var isReadOnly = false
        for option in options where !option.isEmpty {
            let name = String(option.prefix { $0 != "=" })
            guard Self.isName(name), option.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }),
                Self.labels.contains(name) ? Self.isLabel(option.dropFirst(name.count)) : !option.contains(",")
            else {
                throw .invalid(
                    field: Self.field,
                    fix:
                        "each must be one option, `name` or `name=value`, of printable ASCII without commas and spaces; "
                        + "only SELinux's context=\"…\" may have commas, between double quotes"
                )
            }
            // Both spellings of Ceph's options, `client_fs` and `client-fs`, mean the same.
            let canonical = String(name.lowercased().map { $0 == "-" ? "_" : $0 })
            if let reason = Self.refused[canonical] {
                throw .invalid(field: Self.field, fix: "must not contain \(name.debugDescription): \(reason)")
            }
            switch name {
            case "ro": isReadOnly = true
            case "rw": break
            case _ where Self.isForTables(name): break
            default: passed.append(option)
            }
        }
        self.passed = passed
        self.isReadOnly = isReadOnly
    }

    static let field = "volume_capability.mount.mount_flags"

    /// Whether what follows the name of a label is `=` and a context, whole between double quotes or without any and
    /// without commas: the kernel ends the option at the first comma outside of quotes (security/selinux/hooks.c).
    private static func isLabel(_ text: Substring) -> Bool {
        guard text.first == "=" else { return false }
        let value = text.dropFirst()
        let isQuoted = value.utf8.count > 2 && value.first == "\"" && value.last == "\""
        let context = isQuoted ? value.dropFirst().dropLast() : value
        return !context.isEmpty && !context.contains("\"") && !context.contains("\\")
            && (isQuoted || !context.contains(","))
    }

    private static func isName(_ name: String) -> Bool {
        guard let first = name.utf8.first, first != UInt8(ascii: "-") else { return false }
        return name.utf8.allSatisfy(PlainText.isNameByte)
    }
}
