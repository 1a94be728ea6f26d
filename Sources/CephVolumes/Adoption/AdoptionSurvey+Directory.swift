import Ceph
import Glibc
import Volumes

extension AdoptionSurvey {
    /// The plan for a directory that is none of the manager's subvolumes.
    func directory() throws -> AdoptionPlan {
        let request = look.request
        let group = spec.group ?? request.cluster.group
        let name = spec.name ?? place.name
        let id = try naming.id(name: name, cluster: request.cluster.id, filesystem: request.filesystem, group: group)
        let work = look.work(group: group, volume: id.volume)
        let target = work.layout.volumePath
        guard place.path != work.layout.groupPath, place.path != target else {
            throw AdoptionPlace.invalid(
                "is itself where the volume's directory would be, or its group: give another --name or --group"
            )
        }
        let isThere = try status() != nil
        if let mark = try work.adoptionMark(at: target), mark.source == absolute {
            return try resumed(id, work, mark, isThere: isThere)
        }
        guard isThere else {
            throw VolumeError.notFound(
                "--path: there is nothing at \(absolute). To finish an interrupted adoption, give the same --name and "
                    + "--group again"
            )
        }
        if try work.record(at: target) != nil {
            throw VolumeError.alreadyExists(conflict: "--name: \(name) is taken by the volume \(id): give another")
        }
        guard try look.step(.examine, { try mount.statusIfPresent(target) }) == nil else {
            throw VolumeError.alreadyExists(
                conflict: "--name: \(mount.absolute(target)) exists and is not a volume of this plugin: give another"
            )
        }
        try refuseContents()
        return try plan(.directory, id, data: RandomUUID.make(), at: place.path)
    }

    private var mount: CephFSMount { look.mount }

    /// The plan for a directory whose adoption was begun before.
    private func resumed(
        _ id: VolumeID,
        _ work: VolumeDirectory,
        _ mark: AdoptionMark,
        isThere: Bool
    ) throws -> AdoptionPlan {
        let data = work.layout.dataPath(mark.data)
        let hasMoved = try look.step(.examine) { try mount.statusIfPresent(data) } != nil
        guard !hasMoved || !isThere else {
            throw VolumeError.alreadyExists(
                conflict:
                    "--path: \(absolute) was already adopted as \(id), and another directory is there now: give this "
                    + "one another --name"
            )
        }
        guard hasMoved else {
            guard isThere else {
                throw VolumeError.notFound("--path: \(absolute) is gone, and it has not moved to \(id)")
            }
            return try plan(.directory, id, data: mark.data, at: place.path)
        }
        if try work.record(at: work.layout.volumePath) != nil {
            return try plan(.adopted, id, data: mark.data, at: data)
        }
        return try plan(.moved, id, data: mark.data, at: data)
    }

    /// Volumes lie at `<root>/<group>/<volume>`, so only a child of the root can contain any.
    private func refuseContents() throws {
        guard place.parts.count == 1 else { return }
        try look.step(.examine) {
            for entry in try mount.entries(place.path) where entry.status.isDirectory {
                let path = "\(place.path)/\(entry.text)"
                let isVolume = try mount.attributeIfPresent(VolumeLayout.recordAttribute, of: path) != nil
                let isSubvolume = try mount.statusIfPresent(VolumeLayout.metadataPath(in: path)) != nil
                guard !isVolume, !isSubvolume else {
                    throw AdoptionPlace.invalid(
                        "contains \(isVolume ? "the volume" : "the subvolume") \(mount.absolute(path)): it is a "
                            + "group, not a data directory"
                    )
                }
            }
        }
    }
}
