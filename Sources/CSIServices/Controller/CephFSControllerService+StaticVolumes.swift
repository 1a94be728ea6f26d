import Bytes
import CSI
import Volumes

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
            "\(field): no such volume: \(shown). It is not an id of this plugin; if it is a static volume: "
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
