import Bytes
import Volumes

/// Whose a mount is. Only what is a volume's own is published or taken off in its name.
extension LinuxNodeMounts {
    /// Refuses a mount that is not the volume's.
    ///
    /// What the plugin has written down counts. Where it has not (a version before this one mounted it), any mount of a CephFS
    /// passes, unless the volume's id says that it is elsewhere.
    ///
    /// - Throws: ``VolumeError/preconditionFailed(_:)`` naming the field, and what is there.
    func check(_ entry: MountEntry, at target: MountTarget, isOf volumeID: String) throws(VolumeError) {
        let place = "\(target.requested.field): \(target.path.debugDescription)"
        if let owner = records.volume(at: target.path, entry) {
            guard !owner.isSame(as: volumeID) else { return }
            throw .preconditionFailed(
                "\(place) has the volume \(owner.debugDescription) mounted, not \(volumeID.debugDescription): it stays"
            )
        }
        guard entry.isCephFS, entry.mayBe(volumeID) else {
            throw .preconditionFailed(
                "\(place) has \(entry.source.debugDescription) (\(entry.type)) mounted, which is not the volume "
                    + "\(volumeID.debugDescription): it stays. Unmount it by hand if it must go"
            )
        }
    }

    /// Refuses to replace a mount, dead or alive, that was made for another volume.
    ///
    /// - Throws: ``VolumeError/alreadyExists(conflict:)``.
    func check(_ entry: MountEntry, at target: MountTarget, isFreeFor volumeID: String) throws(VolumeError) {
        guard let owner = records.volume(at: target.path, entry), !owner.isSame(as: volumeID) else { return }
        throw .alreadyExists(
            conflict: "\(target.requested.field) has the volume \(owner.debugDescription) mounted, the request is for "
                + volumeID.debugDescription
        )
    }

    /// Writes down that what is mounted at `target` now is the volume's.
    func note(_ volumeID: String, at target: MountTarget) throws {
        guard let entry = try target.mounted()?.entry else { return }
        records.note(volumeID, at: target.path, entry)
    }
}

extension MountEntry {
    /// Whether a CephFS can be the volume of that id as far as the table tells. A snapshot is another volume's, and a static
    /// volume's id says nothing about its directory.
    fileprivate func mayBe(_ volumeID: String) -> Bool {
        guard let id = VolumeID(volumeID), !root.begins(with: "/.snap/") else { return true }
        return source.contains(bytesOf: "/\(id.group)/\(id.volume)/")
    }
}
