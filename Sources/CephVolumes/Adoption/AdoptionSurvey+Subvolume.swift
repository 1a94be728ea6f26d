import Bytes
import Ceph
import Glibc
import Volumes

extension AdoptionSurvey {
    private var mount: CephFSMount { look.mount }

    /// The plan for a subvolume of the manager's, which has the plugin's own layout already: `<group>/<subvolume>/<uuid>`
    /// beside a `.meta`. Nil for what is none.
    func subvolume() throws -> AdoptionPlan? {
        guard let base = place.volumePlace, try status() != nil, let metadata = try metadata(in: base) else {
            return nil
        }
        let (group, name) = (place.parts[0], place.parts[1])
        let data = try data(of: metadata, in: base)
        guard place.parts.count == 2 || (place.parts.count == 3 && place.parts[2] == data) else {
            throw AdoptionPlace.invalid("lies in the subvolume \(mount.absolute(base)): adopt that")
        }
        guard let id = id(group: group, volume: name) else {
            throw VolumeError.preconditionFailed(
                "--path: \(mount.absolute(base)) has a name that no volume can have (1 to \(FileName.maximumLength) of "
                    + "A-Z a-z 0-9 . _ -, and room in a volume id): copy it into a new volume"
            )
        }
        guard spec.group == nil || spec.group == group else {
            throw VolumeError.invalid(
                field: "--group",
                fix: "a subvolume stays in its group \(group): omit the option"
            )
        }
        let path = "\(base)/\(data)"
        if metadata.version == 1, let one = try look.step(.examine, { try mount.snapshotNames(of: path) }).first {
            throw VolumeError.preconditionFailed(
                "--path: \(mount.absolute(base)) is a subvolume of version 1 with the snapshot \(one), which would keep it from "
                    + "being deleted: remove its snapshots with `ceph fs subvolume snapshot rm` first"
            )
        }
        return try plan(.subvolume(version: metadata.version), id, data: data, at: path, in: base)
    }

    /// The manager's record; nil where there is none.
    private func metadata(in base: String) throws -> SubvolumeMetadata? {
        let path = VolumeLayout.metadataPath(in: base)
        guard try look.step(.examine, { try mount.statusIfPresent(path)?.isDirectory == false }) else { return nil }
        var context = look.request.context
        context.isolation = .path
        do {
            // Past the cache: the manager may just have changed it.
            let file = try mount.openFile(path, direct: true)
            defer { try? file.close() }
            let metadata = try SubvolumeMetadata(text: file.read(upTo: 1 << 16), place: mount.absolute(path))
            guard metadata.state == "complete" else {
                throw VolumeError.preconditionFailed(
                    "--path: \(mount.absolute(base)) is a subvolume in the state \(metadata.state): only complete ones can be "
                        + "adopted"
                )
            }
            return metadata
        } catch let error as CephError {
            throw VolumeError(error, in: .checkAccess, context)
        }
    }

    /// The name of the data directory, which must be in the subvolume's.
    private func data(of metadata: SubvolumeMetadata, in base: String) throws -> String {
        let prefix = mount.absolute(base) + "/"
        let data = String(metadata.path.removing(prefix: prefix) ?? "")
        guard FileName.isSafe(data),
            try look.step(.examine, { try mount.statusIfPresent("\(base)/\(data)")?.isDirectory == true })
        else {
            throw VolumeError.preconditionFailed(
                "--path: \(prefix)\(VolumeLayout.metadataName) says that the data is in \(metadata.path), which is "
                    + "not a directory in "
                    + "\(prefix)"
            )
        }
        return data
    }
}
