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
                    "capacity_range: snapshot \(snapshot) needs \(size) bytes at least, the request wants \(chosen.bytes)"
                )
            }
            return chosen
        }
        return try CapacityRange(required: size, limit: spec.capacity.limit).chosen
    }
}

extension CephVolumeProvisioner {
    /// Makes a volume that shows a snapshot, or finds the one that an equal request has made.
    func makeShallow(_ spec: VolumeSpec, _ request: ResolvedVolume) async throws -> Volume {
        guard case .snapshot(let snapshot) = spec.source else {
            throw VolumeError.invalid(
                field: "volume_content_source",
                fix: "must be a snapshot: with the parameter backingSnapshot the volume shows one"
            )
        }
        guard snapshot.cluster == spec.id.cluster, snapshot.filesystem == spec.id.filesystem else {
            throw VolumeError.invalid(
                field: "volume_content_source",
                fix:
                    "must be on the cluster and file system of the new volume, \(spec.id.cluster):\(spec.id.filesystem)"
            )
        }
        let volume = try await store.perform("creating", on: snapshot, request) { [self] work in
            for _ in 0..<5 {
                do {
                    if let existing = try existing(spec, work) { return existing }
                    return try preparing(request, work) {
                        try store.sweeper.withEntry(request.layout) { staged in
                            try ShallowVolumeCreation(work: work, spec: spec, snapshot: snapshot, staged: staged).run()
                        }
                    }
                } catch is NameTaken {
                    continue
                } catch is VolumeMissing {
                    continue
                } catch {
                    forgetPreparations(request)
                    throw error
                }
            }
            throw VolumeError.unavailable("the volume is made and deleted over and over by other replicas: try again")
        }
        store.names.added(spec.id)
        store.journal.flush(request.settings)
        return volume
    }
}
