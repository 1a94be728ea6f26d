import Ceph
import Volumes

/// Removing a snapshot: the entry says so, the snapshot goes, what was kept for it goes, the name is free.
///
/// In this order a crash leaves something that a retry finds by the name, and no list shows a snapshot that is gone.
struct SnapshotRemoval {
    let id: SnapshotID
    let work: VolumeDirectory

    /// - Throws: ``VolumeError/preconditionFailed(_:)`` while a volume is backed by it.
    /// - Returns: the name in the trash of the deleted volume whose last snapshot it was, if it was.
    func run() throws -> String? {
        let index = SnapshotIndex(work: work)
        var trashed: String?
        switch try index.find(id) {
        case .nothing:
            return nil
        case .blank:
            break
        case .record(var record):
            if record.state != .removing {
                let holders = SnapshotHolders(id: id, work: work)
                try holders.refuseAny("snapshot_id")
                let former = record
                record.state = .removing
                do {
                    try index.write(record, id)
                } catch is NameTaken {
                    return nil
                }
                do {
                    // Another replica may just have made one.
                    try holders.refuseAny("snapshot_id")
                } catch {
                    try? index.write(former, id)
                    throw error
                }
            }
            if let place = try work.place(of: record.source, data: record.data) {
                try removeOwn(in: place)
                trashed = try work.releaseRetained(place)
            }
        }
        try index.remove(id)
        return trashed
    }

    /// An entry that was half made may share its name with a snapshot that somebody else made.
    private func removeOwn(in place: String) throws {
        let metadata = try work.step(.findSnapshot) { try work.metadata(place, id.volume) }
        guard metadata?[VolumeLayout.snapshotKey] == id.description else { return }
        try work.dropSnapshot(in: place, id.volume)
    }
}
