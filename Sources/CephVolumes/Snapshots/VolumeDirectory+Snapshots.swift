import Bytes
import Ceph
import Glibc
import Volumes

extension VolumeDirectory {
    /// The directory of the volume `id` with the data directory `data`: the live one, or what was kept of a deleted one
    /// for its snapshots. Nil when there is neither.
    func place(of id: VolumeID, data: String) throws -> String? {
        let live = VolumeLayout.livePath(id)
        if try self.data(at: live) == data { return live }
        let retained = VolumeLayout.retainedPath(group: id.group, volume: id.volume, data: data)
        return try step(.find) { try mount.statusIfPresent(retained) != nil } ? retained : nil
    }

    /// The data directory's name of the volume in that directory; nil when none of the plugin's volumes is there.
    func data(at path: String) throws -> String? {
        try record(at: path)?.data
    }

    /// The record of the volume in that directory; nil when none of the plugin's volumes is there.
    func record(at path: String) throws -> VolumeRecord? {
        try step(.find) {
            do {
                let text = try mount.attributeIfPresent(VolumeLayout.recordAttribute, of: path)
                guard let record = try text.map({ try VolumeRecord(text: $0, path: mount.absolute(path)) }) else {
                    return nil
                }
                let names = path.split(byte: "/").map(String.init)
                // A live volume's; those of deleted ones lie where nobody but the provisioner writes.
                if names.count == 2, FileName.isSafe(names[0]) {
                    try verify(record, at: path, group: names[0], volume: names[1])
                }
                return record
            } catch let error as CephError where error.code == ENOENT {
                return nil
            }
        }
    }

    /// The names of the snapshots in a volume directory that are this plugin's.
    func ownSnapshots(in directory: String) throws -> [String] {
        try step(.findSnapshot) {
            do {
                return try mount.snapshotNames(of: directory).filter { name in
                    try metadata(directory, name)?[VolumeLayout.snapshotKey] != nil
                }
            } catch let error as CephError where error.code == ENOENT {
                return []
            }
        }
    }

    /// What was stored with a snapshot; nil when it is gone.
    func metadata(_ directory: String, _ name: String) throws -> [String: String]? {
        do {
            return try mount.snapshotInfo(of: directory, name: name).metadata
        } catch let error as CephError where error.code == ENOENT {
            return nil
        }
    }

    /// Removes a snapshot from a volume directory; one that is not there is a success.
    func dropSnapshot(in directory: String, _ name: String) throws {
        try step(.dropSnapshot) {
            do {
                try mount.removeSnapshot(of: directory, name: name)
            } catch let error as CephError where error.code == ENOENT {
                // Another replica was faster.
            }
        }
    }
}

extension CephFSMount {
    /// The names of the snapshots that were taken of that directory itself, sorted. Ceph shows those of directories above as
    /// `_<name>_<inode>`.
    func snapshotNames(of directory: String) throws -> [String] {
        try entries("\(directory)/.snap").map(\.text).filter { !$0.begins(with: "_") }.sorted()
    }
}
