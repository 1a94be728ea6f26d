import Ceph
import Glibc
import Volumes

extension VolumeDirectory {
    /// Whether the volume has ever been published with a user: then users may exist, else none do.
    func hasAttachments(at volumePath: String? = nil) throws -> Bool {
        let path = VolumeLayout.attachmentsPath(in: volumePath ?? layout.volumePath)
        return try step(.find) { try mount.statusIfPresent(path) != nil }
    }

    /// The volume's attachments by the names of their entries; none when there is no volume. An entry without a record
    /// was left by a crash before anybody got anything: it has the value nil.
    func attachments(at volumePath: String? = nil) throws -> [(entry: String, record: AttachmentRecord?)] {
        let directory = VolumeLayout.attachmentsPath(in: volumePath ?? layout.volumePath)
        return try step(.find) {
            guard try mount.statusIfPresent(directory) != nil else { return [] }
            return try mount.entries(directory).map(\.text).sorted().compactMap { entry in
                do {
                    return (entry, try attachmentNow(entry, directory))
                } catch let error as CephError where error.code == ENOENT {
                    // Struck off between the two looks.
                    return nil
                }
            }
        }
    }

    /// One entry's record; nil when there is no entry or it has none.
    func attachment(_ entry: String) throws -> AttachmentRecord? {
        try step(.find) {
            do {
                return try attachmentNow(entry, VolumeLayout.attachmentsPath(in: layout.volumePath))
            } catch let error as CephError where error.code == ENOENT {
                return nil
            }
        }
    }

    private func attachmentNow(_ entry: String, _ directory: String) throws -> AttachmentRecord? {
        let path = "\(directory)/\(entry)"
        let text = try mount.attributeIfPresent(VolumeLayout.attachmentAttribute, of: path)
        return try text.map { try AttachmentRecord(text: $0, path: mount.absolute(path)) }
    }

    /// Writes an attachment down, over one of the same entry.
    ///
    /// - Throws: ``VolumeMissing`` when another replica has just deleted the volume.
    func write(_ record: AttachmentRecord, entry: String) throws {
        let directory = VolumeLayout.attachmentsPath(in: layout.volumePath)
        let path = "\(directory)/\(entry)"
        try orMissing(.attach) {
            do {
                try mount.makeDirectoryIfMissing(path, mode: VolumeLayout.privateMode)
            } catch let error as CephError where error.code == ENOENT {
                // First of all: an attachment that lists don't show would be none to the CO.
                try mount.setAttribute(VolumeLayout.publishedAttribute, of: layout.volumePath, to: "1")
                try mount.makeDirectoryIfMissing(directory, mode: VolumeLayout.privateMode)
                try mount.makeDirectoryIfMissing(path, mode: VolumeLayout.privateMode)
                // The volume's first user: without this directory nobody would look for users when it is deleted, so
                // it is in the MDS's journal before there is one.
                try mount.flushJournal()
            }
            try mount.setAttribute(VolumeLayout.attachmentAttribute, of: path, to: record.text)
        }
    }

    /// Strikes an entry off; one that is not there is a success.
    func strike(_ entry: String) throws {
        try step(.detach) {
            do {
                try mount.removeDirectory("\(VolumeLayout.attachmentsPath(in: layout.volumePath))/\(entry)")
            } catch let error as CephError where error.code == ENOENT {
                // Another replica was faster.
            }
        }
    }

    /// How often the volume's users were replaced.
    func generation(at volumePath: String? = nil) throws -> Int64 {
        let directory = VolumeLayout.attachmentsPath(in: volumePath ?? layout.volumePath)
        let text: String? = try step(.find) {
            do {
                return try mount.attributeIfPresent(VolumeLayout.generationAttribute, of: directory)
            } catch let error as CephError where error.code == ENOENT {
                return nil
            }
        }
        guard let text else { return 0 }
        guard let generation = Int64(text), (0...Self.maximumGeneration).contains(generation) else {
            throw VolumeError.unexpected(
                "the attribute \(VolumeLayout.generationAttribute) of \(mount.absolute(directory)) is not a number"
            )
        }
        return generation
    }

    /// Deletion removes the users of every generation, so there is an end to them.
    static var maximumGeneration: Int64 { 10_000 }

    /// Has users from now on made with a new generation's names.
    ///
    /// - Throws: ``VolumeMissing`` when another replica has just deleted the volume.
    func setGeneration(_ generation: Int64) throws {
        let directory = VolumeLayout.attachmentsPath(in: layout.volumePath)
        try orMissing(.attach) {
            // As in ``write(_:entry:)``, which does it only where it makes the directory itself.
            try mount.setAttribute(VolumeLayout.publishedAttribute, of: layout.volumePath, to: "1")
            try mount.makeDirectoryIfMissing(directory, mode: VolumeLayout.privateMode)
            try mount.setAttribute(VolumeLayout.generationAttribute, of: directory, to: "\(generation)")
            // A user of a generation that was forgotten would be too.
            try mount.flushJournal()
        }
    }

    /// Where the files of the data directory really go.
    ///
    /// - Throws: ``VolumeMissing`` when another replica has just deleted the volume.
    func objects(in path: String) throws -> (pool: String, namespace: String) {
        try orMissing(.find) {
            let pool = try mount.attribute(VolumeLayout.poolAttribute, of: path)
            return (pool, try mount.attributeIfPresent(VolumeLayout.namespaceAttribute, of: path) ?? "")
        }
    }
}
