import Ceph
import Glibc
import System
import Volumes

extension VolumeDirectory {
    /// Moves the volume to the trash or, when it has snapshots, to where it waits for their end; nil when there is no
    /// volume.
    ///
    /// - Throws: ``VolumeError/preconditionFailed(_:)`` for a directory that the plugin did not make.
    func moveAway() throws -> RemovedVolume? {
        switch try find() {
        case .nothing:
            return nil
        case .foreign:
            throw VolumeError.preconditionFailed(
                "\(mount.absolute(layout.volumePath)) was not made by this plugin, so it does not delete it"
            )
        case .volume(let record):
            if record.isShallow {
                let name = try moveToTrash()
                try release(record)
                return name.map { .spent($0) }
            }
            guard try ownSnapshots(in: layout.volumePath).isEmpty else {
                let (group, volume) = (layout.group, layout.volume)
                return .retained(try retain(layout.volumePath, group: group, volume: volume, data: record.data))
            }
            return try moveToTrash().map { .trashed($0) }
        }
    }

    private func moveToTrash() throws -> String? {
        try step(.trash) {
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

    private func renameToTrash() throws -> String {
        let name = layout.trashName(deletedAt: WallClock.now.microseconds)
        try mount.rename(layout.volumePath, to: "\(VolumeLayout.trash)/\(name)")
        return name
    }
}

extension VolumeDirectory {
    /// Puts the volume back under its name, from the entry of the trash.
    ///
    /// - Throws: ``VolumeError/notFound(_:)``, ``VolumeError/alreadyExists(conflict:)`` when the name is taken,
    ///   ``VolumeError/preconditionFailed(_:)`` when its removal has begun.
    func restore(_ name: String) throws {
        let path = "\(VolumeLayout.trash)/\(name)"
        try step(.restore) {
            guard try mount.statusIfPresent(path) != nil else {
                throw VolumeError.notFound(
                    "\(mount.absolute(path)) no longer exists: it was purged or restored concurrently"
                )
            }
            try refusePurged(path)
            guard try mount.statusIfPresent(layout.volumePath) == nil else { throw nameTaken }
            try mount.makeDirectoryIfMissing(layout.groupPath, mode: VolumeLayout.passageMode)
            do {
                try mount.rename(path, to: layout.volumePath)
            } catch let error as CephError where error.code == ENOTEMPTY || error.code == EEXIST {
                throw nameTaken
            }
            do {
                // The plugin may have begun between the look and the rename.
                try refusePurged(layout.volumePath)
            } catch {
                try mount.rename(layout.volumePath, to: path)
                throw error
            }
            try mount.flushJournal()
        }
    }

    private var nameTaken: VolumeError {
        .alreadyExists(
            conflict:
                "\(mount.absolute(layout.volumePath)) exists: another volume of that name was created concurrently"
        )
    }

    private func refusePurged(_ path: String) throws {
        guard try mount.attributeIfPresent(VolumeLayout.purgingAttribute, of: path) != nil else { return }
        throw VolumeError.preconditionFailed("the removal of \(mount.absolute(path)) has started, so it is incomplete")
    }
}

/// Where a deleted volume has been moved to.
enum RemovedVolume: Sendable, Hashable {
    /// To the trash, under that name.
    case trashed(String)
    /// To that place, because of its snapshots.
    case retained(String)
    /// To the trash, under that name, where nothing of it needs to stay.
    case spent(String)

    /// Its directory.
    var path: String {
        switch self {
        case .trashed(let name), .spent(let name): "\(VolumeLayout.trash)/\(name)"
        case .retained(let place): place
        }
    }
}
