import Ceph
import Glibc
import Volumes

/// The index of snapshots on one mount. See ``VolumeLayout/snapshots``.
struct SnapshotIndex {
    let work: VolumeWork

    /// What the index says about a name.
    enum Found {
        case nothing
        /// Somebody was about to take the name, and died or is at it.
        case blank
        case record(SnapshotRecord)
    }

    private var mount: CephFSMount { work.mount }

    /// One getxattr: nothing is listed or scanned.
    func find(_ id: SnapshotID) throws -> Found {
        let path = VolumeLayout.entryPath(id)
        let text: String? = try work.step(.findSnapshot) {
            do {
                return try mount.attribute(VolumeLayout.snapshotAttribute, of: path)
            } catch let error as CephError where error.code == ENOENT {
                return nil
            } catch let error as CephError where error.code == ENODATA {
                return ""
            }
        }
        guard let text else { return .nothing }
        return text.isEmpty ? .blank : .record(try SnapshotRecord(text: text, path: mount.absolute(path)))
    }

    /// Takes a name: makes its entry, and writes the record where there is none.
    ///
    /// - Throws: ``NameTaken`` when somebody else has written one meanwhile.
    func take(_ id: SnapshotID, _ record: SnapshotRecord) throws {
        let path = VolumeLayout.entryPath(id)
        try work.step(.index) {
            do {
                try mount.makeDirectoryIfMissing(path, mode: VolumeLayout.privateMode)
            } catch let error as CephError where error.code == ENOENT {
                let group = VolumeLayout.indexPath(group: id.group)
                try mount.makeDirectoryIfMissing(VolumeLayout.snapshots, mode: VolumeLayout.privateMode)
                try mount.makeDirectoryIfMissing(group, mode: VolumeLayout.privateMode)
                try mount.makeDirectoryIfMissing(path, mode: VolumeLayout.privateMode)
            }
            do {
                try mount.addAttribute(VolumeLayout.snapshotAttribute, of: path, record.text)
            } catch let error as CephError where error.code == EEXIST || error.code == ENOENT {
                throw NameTaken()
            }
        }
    }

    /// Writes the record of a name that is taken.
    ///
    /// - Throws: ``NameTaken`` when another replica has just removed the entry.
    func write(_ record: SnapshotRecord, _ id: SnapshotID) throws {
        try work.step(.index) {
            do {
                let path = VolumeLayout.entryPath(id)
                try mount.setAttribute(VolumeLayout.snapshotAttribute, of: path, to: record.text)
            } catch let error as CephError where error.code == ENOENT {
                throw NameTaken()
            }
        }
    }

    /// Frees the name. One that is free is a success.
    func remove(_ id: SnapshotID) throws {
        try work.step(.index) {
            do {
                try mount.removeDirectory(VolumeLayout.entryPath(id))
            } catch let error as CephError where error.code == ENOENT {
                // Another replica was faster.
            }
        }
    }

    /// The groups that have had snapshots.
    func groups() throws -> [String] { try names(VolumeLayout.snapshots) }

    /// The names of a group's snapshots, half-made ones included.
    func names(group: String) throws -> [String] { try names(VolumeLayout.indexPath(group: group)) }

    private func names(_ path: String) throws -> [String] {
        try work.step(.findSnapshot) {
            do {
                return try mount.entries(path).map(\.text)
            } catch let error as CephError where error.code == ENOENT {
                return []
            }
        }
    }
}
