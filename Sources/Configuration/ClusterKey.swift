import Volumes

/// The keys of an entry of `clusters`. docs/configuration.md lists the same; a test holds one against the other.
public enum ClusterKey: String, Sendable, CaseIterable {
    case id, monitors, fsid, filesystem, root, group, createGroups, userPrefix, cephxKeyType, mounter, mountOptions
    case kernelMountOptions, fuseMountOptions, user, keyFile, trashRetention, topology

    /// What a key's value has to be.
    public enum ValueType: String, Sendable {
        case text
        case boolean
        case listOfTexts = "list of texts"
        case mounter = "one of kernel, fuse, auto"
        case cephxKeyType = "one of auto, aes, aes256k"
    }

    /// The value's type.
    public var type: ValueType {
        switch self {
        case .id, .fsid, .filesystem, .root, .group, .userPrefix, .user, .keyFile, .trashRetention: .text
        case .createGroups: .boolean
        case .mounter: .mounter
        case .cephxKeyType: .cephxKeyType
        case .monitors, .mountOptions, .kernelMountOptions, .fuseMountOptions, .topology: .listOfTexts
        }
    }

    /// The value of a key that is left out, as YAML; nil for a key that must be there.
    public var defaultValue: String? {
        let defaults = Cluster(id: "", monitors: [])
        return switch self {
        case .id, .monitors: nil
        case .fsid: ""
        case .filesystem: defaults.filesystem
        case .root: defaults.root
        case .group: defaults.group
        case .createGroups: String(defaults.createsGroups)
        case .userPrefix: defaults.userPrefix
        case .cephxKeyType: defaults.cephxKeyType.rawValue
        case .mounter: defaults.mounter.rawValue
        case .mountOptions, .kernelMountOptions, .fuseMountOptions, .topology: "[]"
        case .user, .keyFile: ""
        case .trashRetention: "0s"
        }
    }

    /// A value that may be copied into a file.
    public var example: String {
        switch self {
        case .id: "main"
        case .monitors: #"["10.0.0.1:6789", "10.0.0.2:6789"]"#
        case .fsid: "5f0c1d6e-8f2b-4c5e-9a71-0d7c3f4b2a10"
        case .filesystem: "cephfs"
        case .root: "/volumes"
        case .group: "csi"
        case .createGroups: "true"
        case .userPrefix: "csi-volume"
        case .cephxKeyType: "aes256k"
        case .mounter: "kernel"
        case .mountOptions: "[noatime]"
        case .kernelMountOptions: "[ms_mode=secure]"
        case .fuseMountOptions: "[client_oc_size=419430400]"
        case .user: "csi-provisioner"
        case .keyFile: "/etc/cephfs-csi/provisioner.key"
        case .trashRetention: "\"7d\""
        case .topology: "[topology.kubernetes.io/zone=a, topology.kubernetes.io/zone=b]"
        }
    }
}
