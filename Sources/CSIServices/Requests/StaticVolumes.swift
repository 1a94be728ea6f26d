import CSI
import Volumes

/// What can be said of static volumes without a look at them.
enum StaticVolumes {
    /// Keys of a static volume's context.
    static let keys = [
        VolumeContext.isStatic, VolumeContext.cluster, VolumeContext.filesystem, VolumeContext.path,
        VolumeContext.mounter,
        VolumeContext.kernelMountOptions, VolumeContext.fuseMountOptions, VolumeContext.credentials,
    ]

    /// What other drivers' keys are called here.
    private static let otherNames = [
        "clusterID": VolumeContext.cluster, "fsName": VolumeContext.filesystem, "rootPath": VolumeContext.path,
        "staticVolume": VolumeContext.isStatic,
    ]

    /// Refuses keys that mean nothing: whoever wrote one expects something of it. Keys with a `/` are Kubernetes' and other
    /// programs'.
    ///
    /// - Throws: ``VolumeError/invalid(field:fix:)`` naming the key.
    static func checkKeys(_ context: [String: String]) throws(VolumeError) {
        for key in context.keys.sorted() where !keys.contains(key) && !key.utf8.contains(UInt8(ascii: "/")) {
            let hint = otherNames[key].map { "it is called \($0) here" }
            throw .invalid(
                field: "volume_context[\(DisplayText.quotable(key))]",
                fix: "has no meaning for a static volume: \(hint ?? "its keys are \(keys.joined(separator: ", "))")"
            )
        }
    }

    /// What can't be done with one.
    static let limits =
        "the plugin does not manage the directory of a static volume: its owner can change its quota, take snapshots "
        + "and copy it. To let the plugin do that, adopt it (docs/volumes.md#adopt)"
}
