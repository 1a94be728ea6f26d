import CSI
import Volumes

/// Judges the volume capabilities of a request against what CephFS can do: mounted access, every access mode.
enum VolumeCapabilities {
    /// File system types that a request may name; anything else was meant for another driver.
    private static let filesystemTypes: Set<String> = ["", "ceph", "cephfs"]

    /// How a volume is to be used, taken from one capability.
    struct Usage: Sendable, Hashable {
        /// `mount_flags`, in order.
        var mountFlags: [String]
        /// The access mode only reads.
        var readOnly: Bool
        /// One target of a stage at a time.
        var exclusive: Bool
        /// One node at a time.
        var singleNode: Bool
    }

    /// Checks a list that must not be empty.
    static func check(_ capabilities: [VolumeCapability]) throws {
        guard !capabilities.isEmpty else {
            throw VolumeError.invalid(field: "volume_capabilities", fix: "missing: at least one is required")
        }
        for (index, capability) in capabilities.enumerated() {
            _ = try usage(capability, "volume_capabilities[\(index)]")
        }
    }

    /// Checks a single capability that must be there.
    static func usage(_ capability: VolumeCapability?, _ field: String) throws -> Usage {
        guard let capability else { throw VolumeError.invalid(field: field, fix: "missing: it is required") }
        let mount = try mountVolume(capability, field)
        let mode = try accessMode(capability, field)
        return Usage(
            mountFlags: mount.mountFlags,
            readOnly: mode == .singleNodeReaderOnly || mode == .multiNodeReaderOnly,
            exclusive: mode == .singleNodeSingleWriter,
            singleNode: [.singleNodeWriter, .singleNodeReaderOnly, .singleNodeSingleWriter, .singleNodeMultiWriter]
                .contains(mode)
        )
    }

    private static func mountVolume(
        _ capability: VolumeCapability,
        _ field: String
    ) throws -> VolumeCapability.MountVolume {
        switch capability.accessType {
        case nil:
            throw VolumeError.invalid(field: "\(field).access_type", fix: "missing: mount is required")
        case .block:
            throw VolumeError.invalid(
                field: "\(field).block",
                fix: "CephFS volumes are file systems: ask for mount (volumeMode: Filesystem)"
            )
        case .mount(let mount):
            guard filesystemTypes.contains(mount.fsType) else {
                throw VolumeError.invalid(
                    field: "\(field).mount.fs_type",
                    fix: "must be empty, ceph or cephfs, not \(DisplayText.quotable(mount.fsType).debugDescription)"
                )
            }
            guard mount.volumeMountGroup.isEmpty else {
                throw VolumeError.invalid(
                    field: "\(field).mount.volume_mount_group",
                    fix: "must be empty: this plugin leaves group ownership to the CO (fsGroupPolicy: File)"
                )
            }
            let bytes = mount.mountFlags.reduce(0) { $0 + $1.utf8.count }
            guard bytes <= RequestRules.maximumMap else {
                throw VolumeError.invalid(
                    field: "\(field).mount.mount_flags",
                    fix: "too large: together at most \(RequestRules.maximumMap) bytes"
                )
            }
            return mount
        }
    }

    private static func accessMode(
        _ capability: VolumeCapability,
        _ field: String
    ) throws -> VolumeCapability.AccessMode.Mode {
        let field = "\(field).access_mode.mode"
        guard let mode = capability.accessMode?.mode, mode != .unknown else {
            throw VolumeError.invalid(field: field, fix: "missing: one of CSI's access modes is required")
        }
        if case .unrecognized(let value) = mode {
            throw VolumeError.invalid(field: field, fix: "unknown access mode \(value): use one of CSI v1.12's")
        }
        return mode
    }
}
