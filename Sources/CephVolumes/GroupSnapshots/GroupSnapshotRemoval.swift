import Ceph
import Volumes

/// Removing a group snapshot: the entry says so, which takes every member from sight; the members go; the name is free.
///
/// The entry goes last, so after a crash it still names what is left of the members.
struct GroupSnapshotRemoval {
    let id: GroupSnapshotID
    let work: VolumeDirectory

    /// - Throws: ``VolumeError/preconditionFailed(_:)`` while a volume is backed by a member.
    /// - Returns: the names in the trash of deleted volumes that had their last snapshot here.
    func run() throws -> [String] {
        let index = GroupSnapshotIndex(work: work)
        var trashed: [String] = []
        switch try index.find(id) {
        case .nothing:
            return []
        case .blank:
            break
        case .record(var record):
            if record.state != .removing {
                try refuseHeld(record)
                let former = record
                record.state = .removing
                do {
                    try index.write(record, id)
                } catch is NameTaken {
                    return []
                }
                do {
                    // Another replica may just have made one.
                    try refuseHeld(record)
                } catch {
                    try? index.write(former, id)
                    throw error
                }
            }
            for member in record.ids(of: id) {
                if let name = try remove(member.snapshot) { trashed.append(name) }
            }
        }
        try index.remove(id)
        return trashed
    }

    private func refuseHeld(_ record: GroupSnapshotRecord) throws {
        for member in record.ids(of: id) {
            try SnapshotHolders(id: member.snapshot, work: work).refuseAny("group_snapshot_id")
        }
    }

    /// Of an attempt that failed because its name was taken, the member's entry is somebody else's.
    private func remove(_ snapshot: SnapshotID) throws -> String? {
        switch try SnapshotIndex(work: work).find(snapshot) {
        case .record(let record) where record.membership?.group != id: nil
        default: try SnapshotRemoval(id: snapshot, work: work).run()
        }
    }
}
