import Bytes
import Volumes

/// Mount options as ceph-fuse takes them: libfuse's behind `-o`, Ceph's own as arguments. Behind `-o` libfuse would refuse
/// those.
struct FuseOptions: Sendable, Hashable {
    /// What goes behind `-o`, in order.
    private(set) var libfuse: [String] = []
    /// Arguments, `--client_…=value`.
    private(set) var arguments: [String] = []

    /// What Ceph's own options for clients begin with (`ceph config ls`).
    private static let prefixes = ["client_", "fuse_", "objecter_"]

    /// Options of every file system that libfuse does not know (seen with 2.9 and 3.14), and that change nothing: CephFS
    /// keeps no times of access, and the others ask for what is anyway.
    private static let withoutEffect: Set<String> = [
        "nodiratime", "diratime", "relatime", "norelatime", "strictatime", "nostrictatime", "lazytime", "nolazytime",
        "symfollow",
    ]

    /// Sorts `options`.
    ///
    /// - Throws: ``VolumeError/invalid(field:fix:)`` for an option that the kernel's client alone has.
    init(_ options: MountOptions) throws(VolumeError) {
        for option in options.passed {
            let name = String(option.prefix { $0 != "=" })
            if Self.withoutEffect.contains(name) { continue }
            if Self.isOfCeph(name) {
                // Without one the program would take the next argument for it.
                guard option.utf8.count > name.utf8.count + 1 else {
                    throw .invalid(
                        field: MountOptions.field,
                        fix: "must not contain \(name.debugDescription) without a value: write \(name)=VALUE"
                    )
                }
                arguments.append("--\(option)")
            } else if name.isSame(as: "nosymfollow") || KernelOptionTable.isOfClient(name) {
                throw .invalid(
                    field: MountOptions.field,
                    fix:
                        "must not contain \(name.debugDescription) where ceph-fuse mounts, which has no such option: the "
                        + "kernel's client has it, so put it into kernelMountOptions"
                )
            } else {
                libfuse.append(option)
            }
        }
    }

    /// Whether it is one of Ceph's own, in either spelling: `client_oc_size`, `client-oc-size`.
    static func isOfCeph(_ name: String) -> Bool {
        let canonical = name.split(byte: "-", omittingEmptySubsequences: false).joined(separator: "_")
        return prefixes.contains { canonical.begins(with: $0) }
    }
}
