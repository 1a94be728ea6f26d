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
                fix: "means nothing for a static volume: \(hint ?? "its keys are \(keys.joined(separator: ", "))")"
            )
        }
    }

    /// What can't be done with one.
    static let limits =
        "a static volume's directory is its owner's, who may change its quota, take snapshots of it and copy it; to have that "
        + "done by the plugin, adopt it (docs/volumes.md#adopt)"
}

extension StaticAttachments {
    /// The error for an id that names no volume which could be changed or copied: a static volume is called what it is, as
    /// far as it is known to be one.
    func noSuchVolume(_ text: String, _ field: String = "volume_id") -> VolumeError {
        let shown = DisplayText.quotable(text)
        if entry(text) != nil {
            return .invalid(field: field, fix: "\(shown.debugDescription) is a static volume: \(StaticVolumes.limits)")
        }
        guard VolumeID(text) == nil else { return .notFound("\(field): no such volume: \(shown)") }
        return .notFound(
            "\(field): no such volume: \(shown). It is not an id that this plugin has issued; if it is a static volume's: "
                + StaticVolumes.limits
        )
    }
}

extension CephFSControllerService {
    /// As ``StaticAttachments/noSuchVolume(_:_:)``.
    func noSuchVolume(_ text: String, _ field: String = "volume_id") -> VolumeError {
        statics.noSuchVolume(text, field)
    }

    /// Refuses a static volume as a source, by its name.
    func refuseStatic(_ source: CSI.VolumeContentSource?) throws(VolumeError) {
        guard case .volume(let volume) = source?.type, !volume.volumeID.isEmpty, VolumeID(volume.volumeID) == nil else {
            return
        }
        throw noSuchVolume(volume.volumeID, "volume_content_source.volume.volume_id")
    }
}
