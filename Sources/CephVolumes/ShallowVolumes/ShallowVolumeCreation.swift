import Ceph
import System
import Volumes

/// Making a volume that shows a snapshot: the snapshot is held, then the directory is made and published with its record,
/// then it is looked whether the snapshot is still held.
struct ShallowVolumeCreation {
    let work: VolumeDirectory
    let spec: VolumeSpec
    let snapshot: SnapshotID
    /// The attempt's directory in staging.
    let staged: String

    private var mount: CephFSMount { work.mount }
    private var holders: SnapshotHolders { SnapshotHolders(id: snapshot, work: work) }

    /// - Throws: ``VolumeError``; ``NameTaken`` when somebody else has published the name meanwhile.
    func run() throws -> Volume {
        let held = try holders.hold(spec.id)
        let record = VolumeRecord(
            requestName: spec.requestName,
            group: work.layout.group,
            data: RandomUUID.make(),
            capacity: try capacity(held.size),
            properties: spec.properties,
            source: spec.source,
            isShallow: true,
            created: WallClock.now.compact
        )
        do {
            try work.step(.stage) { try mount.makeDirectory(staged, mode: VolumeLayout.passageMode) }
            // rename(2) puts a directory in the place of an empty one: with something in it no two take one name.
            try work.step(.stage) {
                try mount.makeDirectory("\(staged)/\(VolumeLayout.shallowName)", mode: VolumeLayout.privateMode)
            }
            try work.step(.record) {
                try mount.setAttribute(VolumeLayout.recordAttribute, of: staged, to: record.text)
            }
            try VolumeCreation(work: work, spec: spec, staged: staged, data: record.data).rename()
        } catch {
            if !mount.isLost { try? mount.removeTree(staged) }
            // Whoever has taken the name may hold the snapshot by the same directory.
            if !(error is NameTaken), !mount.isLost { try? holders.letGo(spec.id) }
            throw error
        }
        // Another replica that was removing the snapshot may have held the directory for a dead one's.
        guard try holders.isHeld(by: spec.id), try SnapshotIndex(work: work).snapshot(snapshot) != nil else {
            try mount.removeTree(work.layout.volumePath)
            try holders.letGo(spec.id)
            throw VolumeError.notFound("volume_content_source: no such snapshot: \(snapshot)")
        }
        return work.shallowVolume(record, id: spec.id)
    }

    /// What is asked for, and without a wish what the snapshot holds.
    private func capacity(_ size: Int64) throws -> Capacity? {
        if let chosen = spec.capacity.chosen {
            guard chosen.bytes >= size else {
                throw VolumeError.outOfRange(
                    "capacity_range: snapshot \(snapshot) needs at least \(size) bytes, the request asks for "
                        + "\(chosen.bytes)"
                )
            }
            return chosen
        }
        return try CapacityRange(required: size, limit: spec.capacity.limit).chosen
    }
}
