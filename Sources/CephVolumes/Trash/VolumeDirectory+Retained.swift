import Bytes
import Ceph
import Glibc
import System
import Volumes

extension VolumeDirectory {
    /// The names in ``VolumeLayout/retained``.
    func retainedNames() throws -> [String] {
        try step(.find) {
            do {
                return try mount.entries(VolumeLayout.retained).map(\.text)
            } catch let error as CephError where error.code == ENOENT {
                return []
            }
        }
    }

    /// Moves a deleted volume to where it waits for the end of its snapshots.
    ///
    /// - Returns: its place there.
    func retain(_ path: String, group: String, volume: String, data: String) throws -> String {
        let place = VolumeLayout.retainedPath(group: group, volume: volume, data: data)
        try step(.retain) {
            do {
                try mount.rename(path, to: place)
            } catch let error as CephError where error.code == ENOENT {
                guard try mount.statusIfPresent(path) != nil else { return }
                try mount.makeDirectoryIfMissing(VolumeLayout.retained, mode: VolumeLayout.privateMode)
                try mount.rename(path, to: place)
            }
        }
        return place
    }

    /// Moves an entry of the trash that has the plugin's snapshots to where it waits for their end: another replica took
    /// one when this one was about to delete the volume.
    ///
    /// - Returns: its place there; nil when it has none.
    func retainTrashed(_ name: String) throws -> String? {
        let path = "\(VolumeLayout.trash)/\(name)"
        guard try !ownSnapshots(in: path).isEmpty, let record = try record(at: path),
            let volume = VolumeLayout.volume(trashed: name)
        else { return nil }
        return try retain(path, group: record.group, volume: volume, data: record.data)
    }

    /// Removes what a deleted volume holds beside its snapshots. Of its data directory all files go and all directories stay:
    /// of what a snapshot holds below a directory that is not there any more, Ceph knows no path, and a user whose caps end
    /// at a path is refused a file that it opens without having listed its directory (EACCES, seen with 16.2.15).
    func emptyRetained(_ place: String, while goOn: () -> Bool) throws {
        let data = try record(at: place)?.data
        for entry in try mount.entries(place) where entry.text != data {
            let path = "\(place)/\(entry.text)"
            if entry.status.isDirectory { try mount.removeTree(path, while: goOn) } else { try mount.unlink(path) }
        }
        if let data { try mount.removeFiles(below: "\(place)/\(data)", while: goOn) }
    }

    /// Whether there is nothing for ``emptyRetained(_:while:)`` to do. Ceph's sum may lag; then the next look finds it.
    func isEmptied(_ place: String) throws -> Bool {
        let data = try record(at: place)?.data
        let entries = try mount.entries(place, limit: 2).map(\.text)
        guard let data, entries == [data] else { return entries.isEmpty }
        return try mount.attribute(VolumeLayout.filesAttribute, of: "\(place)/\(data)") == "0"
    }

    /// Moves what was kept of a deleted volume to the trash when its last snapshot is gone.
    ///
    /// - Returns: its name in the trash; nil when it stays, or is not there.
    func releaseRetained(_ place: String) throws -> String? {
        guard place.begins(with: "\(VolumeLayout.retained)/"), try ownSnapshots(in: place).isEmpty else { return nil }
        let entry = place.dropFirst(VolumeLayout.retained.count + 1)
        let name = "\(WallClock.now.compact).\(entry)"
        return try step(.trash) {
            do {
                try mount.rename(place, to: "\(VolumeLayout.trash)/\(name)")
                return name
            } catch let error as CephError where error.code == ENOENT {
                guard try mount.statusIfPresent(place) != nil else { return nil }
                try preparePlaces()
                try mount.rename(place, to: "\(VolumeLayout.trash)/\(name)")
                return name
            }
        }
    }
}
