import Ceph
import Volumes

/// The index of group snapshots on one mount. See ``VolumeLayout/groupSnapshots``.
struct GroupSnapshotIndex {
    let work: VolumeDirectory

    /// What the index says about a name.
    enum Found {
        case nothing
        /// Somebody was about to take the name, and died or is at it.
        case blank
        case record(GroupSnapshotRecord)
    }

    private var entries: NameIndex {
        NameIndex(work: work, top: VolumeLayout.groupSnapshots, attribute: VolumeLayout.groupSnapshotAttribute)
    }

    /// One getxattr: nothing is listed or scanned.
    func find(_ id: GroupSnapshotID) throws -> Found {
        guard let text = try entries.text(id) else { return .nothing }
        guard !text.isEmpty else { return .blank }
        return .record(try GroupSnapshotRecord(text: text, path: work.mount.absolute(entries.path(id))))
    }

    /// The attempt that began to take a group snapshot of frozen volumes and has neither ended nor been undone.
    func unfinishedAttempt(_ id: GroupSnapshotID) throws -> String? {
        guard case .record(let record) = try find(id), record.consistency == .frozen, record.state != .ready else {
            return nil
        }
        return record.attempt
    }

    /// Whether what `membership` speaks of is whole, so that its members can be seen.
    func isReady(_ membership: SnapshotRecord.Membership) throws -> Bool {
        guard case .record(let record) = try find(membership.group) else { return false }
        return record.state == .ready && record.attempt == membership.attempt
    }

    /// The group snapshot that callers may see; nil when a member is missing.
    func groupSnapshot(_ id: GroupSnapshotID, _ record: GroupSnapshotRecord) throws -> GroupSnapshot? {
        guard record.state == .ready else { return nil }
        let index = SnapshotIndex(work: work)
        let members = try record.ids(of: id).compactMap { member -> Snapshot? in
            guard case .record(let known) = try index.find(member.snapshot),
                known.membership == SnapshotRecord.Membership(group: id, attempt: record.attempt)
            else { return nil }
            return known.snapshot(member.snapshot)
        }
        guard members.count == record.members.count else { return nil }
        return GroupSnapshot(id: id, requestName: record.requestName, members: members)
    }

    /// Takes a name.
    ///
    /// - Throws: ``NameTaken`` when somebody else has taken it meanwhile.
    func take(_ id: GroupSnapshotID, _ record: GroupSnapshotRecord) throws { try entries.take(id, record.text) }

    /// Writes the record of a name that is taken.
    ///
    /// - Throws: ``NameTaken`` when another replica has just removed the entry.
    func write(_ record: GroupSnapshotRecord, _ id: GroupSnapshotID) throws { try entries.write(record.text, id) }

    /// Frees the name. One that is free is a success.
    func remove(_ id: GroupSnapshotID) throws { try entries.remove(id) }
}
