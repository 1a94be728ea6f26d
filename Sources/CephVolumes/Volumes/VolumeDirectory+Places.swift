import Ceph
import Glibc
import Volumes

extension VolumeDirectory {
    /// Sees to it that staging and trash exist and that staging's files go to the mgr records' namespace. Needed once a
    /// connection; any number of replicas may do it at once.
    func preparePlaces() throws {
        try step(.prepare) {
            let mode = VolumeLayout.privateMode
            try mount.makeDirectoryIfMissing(VolumeLayout.trash, mode: mode)
            try mount.makeDirectoryIfMissing(VolumeLayout.staging, mode: mode)
            let attribute = VolumeLayout.namespaceAttribute
            let namespace = try mount.attributeIfPresent(attribute, of: VolumeLayout.staging)
            if namespace != VolumeLayout.metadataNamespace {
                try mount.setAttribute(attribute, of: VolumeLayout.staging, to: VolumeLayout.metadataNamespace)
            }
        }
    }

    /// Sees to it that the mgr's records can be written: they are written buffered, and a refusal found only then would
    /// leave the connection unable to be unmounted. Needed once a connection.
    ///
    /// - Parameter scratch: a path in staging that the sweeper will clear, should this process die in the middle.
    func checkRecords(scratch: String) throws {
        let name = String(scratch.dropFirst(VolumeLayout.staging.utf8.count + 1))
        do {
            try AccessCheck(work: self, step: .writeMetadata, making: .prepare)
                .run(in: VolumeLayout.staging, name: name)
        } catch {
            if !mount.isLost { try? mount.unlink(scratch) }
            throw error
        }
    }

    /// Sees to it that the group exists.
    ///
    /// - Parameters:
    ///   - creates: whether a missing one is made.
    ///   - isRequested: whether the request named it, rather than leaving it to the configuration.
    /// - Returns: whether this made it.
    /// - Throws: ``VolumeError/invalid(field:fix:)`` or ``VolumeError/preconditionFailed(_:)`` when it is missing.
    func prepareGroup(creates: Bool, isRequested: Bool) throws -> Bool {
        if let status = try step(.makeGroup, { try mount.statusIfPresent(layout.groupPath) }) {
            guard !status.isDirectory else { return false }
            throw VolumeError.preconditionFailed("\(mount.absolute(layout.groupPath)) is not a directory")
        }
        if creates {
            return try step(.makeGroup) {
                try mount.makeDirectoryIfMissing(layout.groupPath, mode: VolumeLayout.passageMode)
            }
        }
        let fix =
            "the group \(layout.group) does not exist in \(mount.root); create it with `ceph fs subvolumegroup create "
            + "\(context.filesystem) \(layout.group) --mode 711`, or set createGroups in the configuration"
        throw isRequested ? VolumeError.invalid(field: "parameters[group]", fix: fix) : .preconditionFailed(fix)
    }

    /// Writes the mgr's record again where it is missing or empty, so that `ceph fs subvolume` can read the volume.
    ///
    /// The record is on the OSDs before a volume is published, so this is for what others did. A new file must be made
    /// in staging, whose namespace it needs, and nothing can be renamed into a subvolume: the flag is lifted meanwhile.
    ///
    /// - Throws: ``VolumeMissing`` when another replica has just deleted the volume.
    func repairMetadata(data: String, scratch: String) throws {
        let path = VolumeLayout.metadataPath(in: layout.volumePath)
        try orMissing(.writeMetadata) {
            if let status = try mount.statusIfPresent(path), status.size > 0 { return }
            let file = try mount.createFile(scratch, mode: VolumeLayout.metadataMode)
            do {
                try file.write(layout.metadataText(data: data))
                try file.synchronizeData()
                try file.close()
                try mount.setAttribute(VolumeLayout.subvolumeAttribute, of: layout.volumePath, to: "0")
                try mount.rename(scratch, to: path)
            } catch {
                try? mount.unlink(scratch)
                try? mount.setAttribute(VolumeLayout.subvolumeAttribute, of: layout.volumePath, to: "1")
                throw error
            }
            try mount.setAttribute(VolumeLayout.subvolumeAttribute, of: layout.volumePath, to: "1")
        }
    }
}
