import System
import Volumes

/// Whether the kernel labels mounts.
enum SELinux {
    /// Refuses labels where SELinux is off: neither client says which option was wrong then (EINVAL, and ceph-fuse's
    /// exit code 5).
    ///
    /// - Parameter filesystems: the text of /proc/filesystems; it has `selinuxfs` exactly when SELinux is on
    ///   (security/selinux/selinuxfs.c).
    /// - Throws: ``VolumeError/invalid(field:fix:)`` naming the first label.
    static func check(_ options: MountOptions, filesystems: String) throws(VolumeError) {
        let names = options.passed.map { String($0.prefix { $0 != "=" }) }
        guard let label = names.first(where: MountOptions.labels.contains) else { return }
        let isOn = filesystems.split { $0 == "\n" || $0 == "\t" || $0 == " " }.contains("selinuxfs")
        guard isOn else {
            throw .invalid(
                field: MountOptions.field,
                fix: "must not contain \(label.debugDescription): SELinux is off on this node"
            )
        }
    }

    /// The same for the running kernel.
    static func check(_ options: MountOptions) throws {
        try check(options, filesystems: String(decoding: KernelFile.read("/proc/filesystems"), as: UTF8.self))
    }
}
