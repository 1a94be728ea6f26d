import Bytes
import Ceph
import Volumes

/// Taking a snapshot: the name is taken in the index, then Ceph makes the snapshot, then the entry says so.
///
/// Whoever finds an entry that says less than all finishes it: what Ceph's snapshot holds besides the data tells whose
/// it is and how large the volume was.
struct SnapshotTaking {
    let id: SnapshotID
    let name: String
    let source: VolumeID
    let work: VolumeDirectory
    /// Has an entry of the trash removed.
    let purge: (_ name: String) -> Void

    private var index: SnapshotIndex { SnapshotIndex(work: work) }
    private var directory: String { VolumeLayout.livePath(source) }
    private var cut: SnapshotCreation { SnapshotCreation(id: id, name: name, source: source, work: work) }

    /// - Throws: ``VolumeError/notFound(_:)``, ``VolumeError/alreadyExists(conflict:)``.
    func run() throws -> Snapshot {
        try LostRaces.retrying("taking and deleting the snapshot") { try attempt() }
    }

    private func attempt() throws -> Snapshot {
        let volume = try work.record(at: directory)
        try work.refuseShallow(volume, "source_volume_id", "snapshotted")
        let data = volume?.data
        switch try index.find(id) {
        case .record(let record):
            try refuseConflict(record, data)
            if let snapshot = record.snapshot(id) { return snapshot }
            guard record.state == .taking, record.data == data else {
                // Half removed, or half made of a volume that is gone.
                try discard()
                throw NameTaken()
            }
            return try finish(record)
        case .blank, .nothing:
            guard let data else { throw missing }
            let record = SnapshotRecord(requestName: name, source: source, data: data, state: .taking)
            try index.take(id, record)
            return try finish(record)
        }
    }

    private func discard() throws {
        if let trashed = try SnapshotRemoval(id: id, work: work).run() { purge(trashed) }
    }

    private var missing: VolumeError { .notFound("source_volume_id: no such volume: \(source)") }

    private func refuseConflict(_ record: SnapshotRecord, _ data: String?) throws {
        if let membership = record.membership {
            throw VolumeError.alreadyExists(
                conflict: "the name is taken by a member of the group snapshot \(membership.group)"
            )
        }
        if record.source != source {
            throw VolumeError.alreadyExists(conflict: "the name is taken by a snapshot of volume \(record.source)")
        }
        if !record.requestName.isSame(as: name) {
            throw VolumeError.alreadyExists(
                conflict: "the name is taken by a snapshot that was requested as \(record.requestName.debugDescription)"
            )
        }
        if let data, record.state == .ready, record.data != data {
            throw VolumeError.alreadyExists(
                conflict: "the name is taken by a snapshot of an earlier volume \(source), which was deleted"
            )
        }
    }

    private func finish(_ record: SnapshotRecord) throws -> Snapshot {
        var record = record
        do {
            record = try cut.completed(try cut.made(try cut.measured(record)))
        } catch let vanished as VolumeMissing {
            // The volume went meanwhile: the name is to be free again.
            if try work.data(at: directory) == nil {
                try discard()
                throw missing
            }
            throw vanished
        } catch let stranger as SnapshotCreation.Foreign {
            try index.remove(id)
            throw stranger.error
        } catch let error as VolumeError {
            // What Ceph refuses is refused for good: nobody will ask for its removal. What may work later is gone on with.
            guard case .unavailable = error else {
                try? discard()
                throw error
            }
            throw error
        }
        try index.write(record, id)
        guard let snapshot = record.snapshot(id) else { throw NameTaken() }
        return snapshot
    }
}
