import Ceph
import Glibc

extension CephFSMount {
    /// The snapshots that keep an entry of the trash from being removed. Ceph allows them on a subvolume's own directory
    /// alone.
    func snapshots(holding name: String) throws -> [String] {
        do {
            return try snapshotNames(of: "\(VolumeLayout.trash)/\(name)")
        } catch let error as CephError where error.code == ENOENT {
            return []
        }
    }

    /// Removes an entry of the trash that is a symbolic link; false for any other.
    func purgeLink(_ name: String) throws -> Bool {
        let path = "\(VolumeLayout.trash)/\(name)"
        do {
            guard try node(path).status().kind == .symlink else { return false }
            try unlink(path)
        } catch let error as CephError where error.code == ENOENT {
            // Another replica was faster.
        }
        return true
    }

    /// Removes an entry of the trash.
    func purge(_ name: String, while goOn: () -> Bool = { true }) throws {
        let path = "\(VolumeLayout.trash)/\(name)"
        do {
            try setAttribute(VolumeLayout.purgingAttribute, of: path, to: "1")
        } catch let error as CephError where error.code == ENOENT {
            return
        } catch let error as CephError where error.code == ENOSPC {
            // A full file system takes removals and no attributes. That is the time to remove things.
        }
        try removeTree(path, while: goOn)
        // A removal that is not in the journal yet holds locks on the trash: the next volume's rename to it would wait
        // for the MDS's tick, up to 5 s.
        try flushJournal()
    }
}
