import Ceph
import Glibc
import Volumes

extension VolumeWork {
    /// Moves the volume to the trash and returns its name there; nil when there is no volume.
    ///
    /// - Throws: ``VolumeError/preconditionFailed(_:)`` for a directory that the plugin did not make.
    func moveToTrash() throws -> String? {
        switch try find() {
        case .nothing:
            return nil
        case .stranger:
            throw VolumeError.preconditionFailed(
                "\(mount.absolute(layout.volumePath)) was not made by this plugin, so it does not delete it"
            )
        case .volume:
            return try step(.trash) {
                do {
                    return try renameToTrash()
                } catch let error as CephError where error.code == ENOENT {
                    // Another replica was faster, or there is no trash yet.
                    guard try mount.statusIfPresent(layout.volumePath) != nil else { return nil }
                    try preparePlaces()
                    return try renameToTrash()
                }
            }
        }
    }

    private func renameToTrash() throws -> String {
        let name = layout.trashName(deletedAt: WallClock.microseconds)
        try mount.rename(layout.volumePath, to: "\(VolumeLayout.trash)/\(name)")
        return name
    }
}
