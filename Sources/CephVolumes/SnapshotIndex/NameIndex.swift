import Ceph
import Glibc
import Volumes

/// An index of names on one mount: a directory for each group, in it one for each name, whose attribute says what it is.
/// Making the directory takes the name.
struct NameIndex {
    let work: VolumeDirectory
    /// Where it lies.
    let top: String
    /// What the attribute is called.
    let attribute: String

    private var mount: CephFSMount { work.mount }

    /// The directory of one group.
    func path(group: String) -> String { "\(top)/\(group)" }

    /// A name's entry.
    func path(_ id: VolumeID) -> String { "\(path(group: id.group))/\(id.volume)" }

    /// What is written down about a name; empty when somebody was about to take it, and died or is at it; nil when it is
    /// free. One getxattr: nothing is listed or scanned.
    func text(_ id: VolumeID) throws -> String? {
        try work.step(.findSnapshot) {
            do {
                return try mount.attribute(attribute, of: path(id))
            } catch let error as CephError where error.code == ENOENT {
                return nil
            } catch let error as CephError where error.code == ENODATA {
                return ""
            }
        }
    }

    /// Takes a name: makes its entry, and writes `text` where there is none.
    ///
    /// - Throws: ``NameTaken`` when somebody else has written one meanwhile.
    func take(_ id: VolumeID, _ text: String) throws {
        let path = path(id)
        try work.step(.index) {
            do {
                try mount.makeDirectoryIfMissing(path, mode: VolumeLayout.privateMode)
            } catch let error as CephError where error.code == ENOENT {
                try mount.makeDirectoryIfMissing(top, mode: VolumeLayout.privateMode)
                try mount.makeDirectoryIfMissing(self.path(group: id.group), mode: VolumeLayout.privateMode)
                try mount.makeDirectoryIfMissing(path, mode: VolumeLayout.privateMode)
            }
            do {
                try mount.addAttribute(attribute, of: path, text)
            } catch let error as CephError where error.code == EEXIST || error.code == ENOENT {
                throw NameTaken()
            }
        }
    }

    /// Writes about a name that is taken.
    ///
    /// - Throws: ``NameTaken`` when another replica has just removed the entry.
    func write(_ text: String, _ id: VolumeID) throws {
        try work.step(.index) {
            do {
                try mount.setAttribute(attribute, of: path(id), to: text)
            } catch let error as CephError where error.code == ENOENT {
                throw NameTaken()
            }
        }
    }

    /// Frees the name. One that is free is a success.
    func remove(_ id: VolumeID) throws {
        try work.step(.index) {
            do {
                try mount.removeDirectory(path(id))
            } catch let error as CephError where error.code == ENOENT {
                // Another replica was faster.
            }
        }
    }

    /// The groups that have had entries.
    func groups() throws -> [String] { try names(top) }

    /// The names of a group, half-made ones included.
    func names(group: String) throws -> [String] { try names(path(group: group)) }

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
