import Ceph
import Glibc
import Volumes

/// Getting ready to copy a volume's content: everything but the content is made in staging, and the source fixed. Any
/// step may have been done by an earlier life of the plugin.
struct CopyPreparation {
    let work: VolumeDirectory
    let spec: VolumeSpec
    let source: ContentSource
    /// This replica (``ReplicaTag``).
    let replica: String
    /// The copy's directory in staging.
    let staged: String
    /// Whether another replica's copy, found with that record, has shown no sign of life for long.
    let isDead: (CopyRecord) -> Bool
    /// Has an entry of the trash removed.
    let purge: (String) -> Void

    private var mount: CephFSMount { work.mount }

    /// - Throws: ``VolumeError``, ``VolumeError/inProgress(step:)`` while another replica copies.
    func run() throws -> CopyRecord {
        if let record = try work.copyRecord(staged) {
            if record.owner == replica || isDead(record) { return try goOn(record) }
            try work.step(.stage) {
                try mount.setAttribute(VolumeLayout.wantedAttribute, of: staged, to: RandomUUID.make())
            }
            throw VolumeError.inProgress(step: "another replica is copying \(source.text)")
        }
        return try begin()
    }

    private func begin() throws -> CopyRecord {
        let found = try work.source(source, for: spec)
        try work.requireRoom(bytes: found.bytes, entries: found.entries + 1, below: ["/", work.layout.groupPath])
        let record = CopyRecord(
            state: .preparing,
            data: RandomUUID.make(),
            sourceVolume: found.volume,
            sourceData: found.data,
            snapshot: found.snapshot ?? VolumeLayout.cloneSnapshot(for: spec.id),
            isTemporary: found.snapshot == nil,
            size: found.size,
            // The root counts as well.
            entries: found.entries + 1,
            bytes: found.bytes,
            owner: replica
        )
        do {
            _ = try work.step(.stage) { try mount.makeDirectoryIfMissing(staged, mode: VolumeLayout.passageMode) }
            try work.write(record, staged)
            return try prepare(record)
        } catch {
            // What is refused at the beginning would be refused again.
            if !mount.isLost { try? work.discard(staged).forEach(purge) }
            throw error
        }
    }

    private func goOn(_ known: CopyRecord) throws -> CopyRecord {
        var record = known
        record.owner = replica
        record.beat += 1
        if record.state != .copied { _ = try work.source(source, for: spec, knownBy: record) }
        try work.write(record, staged)
        return record.state == .preparing ? try prepare(record) : record
    }

    private func prepare(_ record: CopyRecord) throws -> CopyRecord {
        try work.step(.flag) { try mount.setAttribute(VolumeLayout.subvolumeAttribute, of: staged, to: "1") }
        let creation = VolumeCreation(work: work, spec: spec, staged: staged, data: record.data)
        try creation.makeData()
        try creation.choosePool()
        let check = AccessCheck(work: work, step: .checkAccess, making: .makeData)
        try check.removeLeftover(in: creation.stagedData, name: VolumeLayout.checkName)
        try check.run(in: creation.stagedData, name: VolumeLayout.checkName)
        var record = record
        if record.isTemporary { try fix(&record) }
        record.state = .copying
        try work.write(record, staged)
        try work.step(.stage) { try mount.flushJournal() }
        return record
    }

    /// Takes the snapshot of a volume that is copied from. One that is there already is an earlier attempt's and older
    /// than this request.
    private func fix(_ record: inout CopyRecord) throws {
        guard let place = try work.place(of: record.sourceVolume, data: record.sourceData) else {
            throw VolumeError.notFound("volume_content_source: no such volume: \(record.sourceVolume)")
        }
        try work.dropSnapshot(in: place, record.snapshot)
        let metadata = [
            VolumeLayout.snapshotKey: "for the copy to \(spec.id)", VolumeLayout.copyKey: record.data,
        ]
        try work.step(.takeSnapshot) {
            try mount.makeSnapshot(of: place, name: record.snapshot, metadata: metadata)
        }
    }
}

extension VolumeDirectory {
    /// As ``source(_:for:)`` for a copy that was begun: a clone's source may be deleted meanwhile, its snapshot is what
    /// counts.
    func source(_ source: ContentSource, for spec: VolumeSpec, knownBy record: CopyRecord) throws -> String {
        guard let place = try place(of: record.sourceVolume, data: record.sourceData) else {
            throw VolumeError.notFound("volume_content_source: \(source.text) was deleted during the copy")
        }
        try spec.requireCapacity(record.size)
        return place
    }
}
