import Bytes
import Ceph
import Glibc
import TreeCopying
import Volumes

/// MountProbes at a directory that is to be adopted, and says what would be done. Changes nothing.
struct AdoptionSurvey {
    let look: ClusterReader
    let spec: AdoptionSpec
    let place: AdoptionPlace
    let naming: VolumeNaming

    private var mount: CephFSMount { look.mount }

    /// What is to be done.
    ///
    /// - Throws: ``VolumeError`` with what is in the way.
    func run() throws -> AdoptionPlan {
        if let finished = try judgeVolumePlace() { return finished }
        if let subvolume = try subvolume() { return subvolume }
        return try directory()
    }

    /// Whether one of the plugin's volumes is at the path, or around it.
    ///
    /// - Returns: the plan for one that was adopted before: there is nothing left to do.
    private func judgeVolumePlace() throws -> AdoptionPlan? {
        guard let base = place.volumePlace else { return nil }
        let work = look.work(group: place.parts[0], volume: place.parts[1])
        if let record = try work.record(at: base) {
            let isItself = place.parts.count == 2 || (place.parts.count == 3 && place.parts[2] == record.data)
            guard let id = id(group: place.parts[0], volume: place.parts[1]), isItself else {
                throw AdoptionPlace.invalid("lies in the volume \(place.parts[0])/\(place.parts[1])")
            }
            guard let mark = try work.adoptionMark(at: base), isAt(mark) else {
                throw VolumeError.alreadyExists(conflict: "\(absolute) is the volume \(id) already")
            }
            let data = "\(base)/\(record.data)"
            return try plan(.adopted, id, data: record.data, at: data)
        }
        if let mark = try work.adoptionMark(at: base), !isAt(mark) {
            throw AdoptionPlace.invalid(
                "is where \(mark.source) is being adopted to: run the command with --path \(mark.source) again"
            )
        }
        return nil
    }

    var absolute: String { mount.absolute(place.path) }

    /// Whether the mark is one of a subvolume at the path, adopted in its place.
    private func isAt(_ mark: AdoptionMark) -> Bool {
        guard let base = place.volumePlace else { return false }
        return mark.source == "\(mount.absolute(base))/\(mark.data)"
    }

    func id(group: String, volume: String) -> VolumeID? {
        VolumeID(cluster: look.request.cluster.id, filesystem: look.request.filesystem, group: group, volume: volume)
    }

    /// What the path names; nil when there is nothing.
    ///
    /// - Throws: ``VolumeError/invalid(field:fix:)`` unless it and all above it are directories.
    func status() throws -> CephFileStatus? {
        try look.step(.examine) {
            for path in place.ancestors + [place.path] {
                guard let status = try mount.statusIfPresent(path) else { return nil }
                guard status.isDirectory else {
                    throw AdoptionPlace.invalid("\(mount.absolute(path)) is not a directory, and a volume must be one")
                }
                if path == place.path { return status }
            }
            return nil
        }
    }

    /// What a volume whose data is at `data` now would be.
    ///
    /// - Parameter base: a directory besides the data's whose snapshots hold the data.
    func plan(
        _ kind: AdoptionPlan.Kind,
        _ id: VolumeID,
        data: String,
        at path: String,
        in base: String? = nil
    ) throws -> AdoptionPlan {
        try look.step(.examine) {
            if kind != .adopted, try mount.attributeIfPresent(CharacterMap.attribute, of: path) != nil {
                try CharacterMap.refuseUnknown("--path: \(mount.absolute(path))", library: .installed())
            }
            let status = try mount.status(path)
            let layout = try effectiveLayout(of: path)
            let used = Int64(try mount.attribute(VolumeLayout.sizeAttribute, of: path)) ?? 0
            let quota = try mount.attributeIfPresent(VolumeLayout.quotaAttribute, of: path)
                .flatMap { Int64($0) }.flatMap { Capacity(bytes: $0) }
            return AdoptionPlan(
                kind: kind,
                id: id,
                name: spec.name ?? (kind == .directory ? place.name : id.volume),
                source: path,
                data: data,
                capacity: kind == .adopted
                    ? quota : try AdoptionLimit(spec.limit, quota: quota, used: used, path: absolute).capacity,
                quota: quota,
                usedBytes: used,
                mode: status.mode,
                owner: (status.uid, status.gid),
                layout: layout,
                foreignSnapshots: try ([base].compactMap { $0 } + [path]).flatMap(mount.snapshotNames)
            )
        }
    }

    /// The layout that new files of the directory get: its own, or that of the nearest directory above.
    private func effectiveLayout(of path: String) throws -> AdoptionPlan.Layout {
        var current = path
        while true {
            if let pool = try mount.attributeIfPresent(VolumeLayout.poolAttribute, of: current) {
                let namespace = try mount.attributeIfPresent(VolumeLayout.namespaceAttribute, of: current)
                return AdoptionPlan.Layout(pool: pool, namespace: namespace ?? "", isOwn: current == path)
            }
            guard current != "/" else { return AdoptionPlan.Layout(pool: nil, namespace: "", isOwn: false) }
            let parent = current.split(byte: "/").dropLast().joined(separator: "/")
            current = "/" + parent
        }
    }
}
