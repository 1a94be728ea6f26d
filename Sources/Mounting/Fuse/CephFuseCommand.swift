import Bytes
import Volumes

/// How ceph-fuse (16 and later) is called. Everything it needs is said here: it reads no ceph.conf, no keyring, and
/// not a byte of its environment.
struct CephFuseCommand: Sendable, Hashable {
    /// Where the child finds its key: the sealed memory that ``linux_spawn`` puts at descriptor 3. It reopens the
    /// path each time it wants the key, which a pipe would not allow.
    static let keyfile = "--keyfile=/proc/self/fd/3"
    /// Where ceph-fuse finds programs: it runs `mount -o remount` to make the kernel let go of cached names.
    static let searchPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    /// Its whole environment.
    static let environment = ["PATH=\(searchPath)"]

    let arguments: [String]

    /// libfuse takes a backslash before a comma for the comma itself (fuse_opt.h); only SELinux's labels have any, and it
    /// hands those on to the kernel.
    private static func escaped(_ option: String) -> String {
        option.split(byte: ",", omittingEmptySubsequences: false).joined(separator: "\\,")
    }

    /// The command that prints the program's release.
    init(releaseOf executable: String) {
        arguments = [executable, "--version"]
    }

    /// The command for `request`, mounting on `mountPoint`. Values travel in the same argument as their option, so
    /// none can pass for an option itself.
    init(
        executable: String,
        request: StageRequest,
        options: FuseOptions,
        isReadOnly: Bool,
        identity: MountIdentity,
        mountPoint: String,
        session: String? = nil,
        timeout: Duration
    ) {
        // ceph-fuse names its mounts `fuse.ceph-fuse` by itself only as long as no fsname is given.
        var mountOptions = ["fsname=\(identity.source)", "subtype=ceph-fuse"]
        if isReadOnly { mountOptions.append("ro") }
        // By that name whoever has the key can end the session of a process that was killed.
        let named = session.map { ["--client_metadata=uuid=\($0)"] } ?? []
        arguments =
            [
                executable, mountPoint, "-f",
                "--conf=/dev/null",
                "--id=\(request.credentials.user)",
                "--mon_host=\(request.cluster.monitors.joined(separator: ","))",
                Self.keyfile,
                "--keyring=/dev/null",
                // Never talk to a monitor that can't prove that it knows the key.
                "--auth_client_required=cephx",
                "--client_fs=\(request.filesystem)",
                "--client_mountpoint=\(request.path)",
                "--client_mount_timeout=\(max(1, timeout.components.seconds))",
                // The kernel's client keeps ACLs and goes by them, so volumes have some.
                "--client_acl_type=posix_acl",
                // With the monitors' central configuration fetched first, a wrong key and a dead monitor end alike.
                // It is still followed after the mount (MonClient::authenticate subscribes to it).
                "--no-mon-config",
                "--log_file=", "--log_to_stderr=false", "--err_to_stderr=false", "--admin_socket=", "--crash_dir=",
            ] + named + options.arguments + [
                "-o", (mountOptions + options.libfuse.map(Self.escaped)).joined(separator: ","),
            ]
    }
}
