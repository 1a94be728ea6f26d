import Ceph
import Glibc
import TreeCopying
import Volumes

/// What a new volume's content is copied from, looked at before anything is made.
struct CopySource {
    /// The volume that it is, or is a snapshot of.
    let volume: VolumeID
    /// That volume's data directory.
    let data: String
    /// The snapshot; nil when one is yet to be taken.
    let snapshot: String?
    /// The smallest capacity that the new volume may have: the source's, which its content may be over by some, for clients
    /// heed a quota late. 0 when nothing is certain before all is copied.
    let size: Int64
    /// About how much there is to copy.
    let entries: Int64
    let bytes: Int64
}

extension VolumeDirectory {
    /// Finds the source of a request, and refuses one that does not fit it.
    ///
    /// - Throws: ``VolumeError/invalid(field:fix:)`` for one on another file system, ``VolumeError/notFound(_:)``,
    ///   ``VolumeError/outOfRange(_:)`` for one that is larger than the volume is to be.
    func source(_ source: ContentSource, for spec: VolumeSpec) throws -> CopySource {
        guard source.id.cluster == spec.id.cluster, source.id.filesystem == spec.id.filesystem else {
            throw VolumeError.invalid(
                field: "volume_content_source",
                fix:
                    "must be on the cluster and file system of the new volume, \(spec.id.cluster):\(spec.id.filesystem)"
            )
        }
        let found =
            switch source {
            case .snapshot(let id): try snapshotSource(id)
            case .volume(let id): try volumeSource(id)
            }
        try spec.requireCapacity(found.size)
        return found
    }

    private func snapshotSource(_ id: SnapshotID) throws -> CopySource {
        let missing = VolumeError.notFound("volume_content_source: no such snapshot: \(id)")
        let index = SnapshotIndex(work: self)
        guard try index.snapshot(id) != nil, case .record(let record) = try index.find(id),
            let place = try place(of: record.source, data: record.data)
        else { throw missing }
        let path = "\(VolumeLayout.snapshotPath(in: place, id.volume))/\(record.data)"
        guard try step(.findSnapshot, { try mount.statusIfPresent(path) != nil }) else { throw missing }
        try refuseUnknown(try step(.findSnapshot) { try characterMap(path) }, of: "snapshot \(id)")
        return CopySource(
            volume: record.source,
            data: record.data,
            snapshot: id.volume,
            // Earlier plugins wrote down what Ceph said at that moment, which may be less than what there is.
            size: record.used == nil ? 0 : record.size,
            entries: record.entries,
            bytes: record.used ?? record.size
        )
    }

    private func volumeSource(_ id: VolumeID) throws -> CopySource {
        let missing = VolumeError.notFound("volume_content_source: no such volume: \(id)")
        let directory = VolumeLayout.livePath(id)
        guard let record = try record(at: directory) else { throw missing }
        try refuseShallow(record, "volume_content_source", "cloned: use its snapshot as the source")
        let path = "\(directory)/\(record.data)"
        do {
            try refuseUnknown(try orMissing(.find) { try characterMap(path) }, of: "volume \(id)")
            return try orMissing(.find) {
                let quota = try mount.attributeIfPresent(VolumeLayout.quotaAttribute, of: path).flatMap { Int64($0) }
                let bytes = try number(VolumeLayout.sizeAttribute, path)
                return CopySource(
                    volume: id,
                    data: record.data,
                    snapshot: nil,
                    size: quota ?? 0,
                    entries: try number(VolumeLayout.entriesAttribute, path),
                    bytes: bytes
                )
            }
        } catch is VolumeMissing {
            throw missing
        }
    }

    private func characterMap(_ path: String) throws -> String? {
        try mount.attributeIfPresent(CharacterMap.attribute, of: path)
    }

    /// For whoever waits, only the root is looked at; the copy looks at each directory.
    private func refuseUnknown(_ characterMap: String?, of name: String) throws {
        guard characterMap != nil else { return }
        try CharacterMap.refuseUnknown("volume_content_source: \(name)", library: .installed())
    }

    private func number(_ attribute: String, _ path: String) throws -> Int64 {
        Int64(try mount.attribute(attribute, of: path)) ?? 0
    }
}

extension VolumeSpec {
    /// - Throws: ``VolumeError/outOfRange(_:)`` when the volume is to be smaller than what is copied into it needs.
    func requireCapacity(_ bytes: Int64) throws {
        guard let capacity = capacity.chosen, capacity.bytes < bytes else { return }
        throw VolumeError.outOfRange(
            "capacity_range: \(source?.text ?? "the source") needs at least \(bytes) bytes, the request asks for "
                + "\(capacity.bytes)"
        )
    }
}
