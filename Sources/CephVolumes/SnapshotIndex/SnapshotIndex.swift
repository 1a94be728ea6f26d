import Ceph
import Volumes

/// The index of snapshots on one mount. See ``VolumeLayout/snapshots``.
struct SnapshotIndex {
    let work: VolumeDirectory

    /// What the index says about a name.
    enum Found {
        case nothing
        /// Somebody was about to take the name, and died or is at it.
        case blank
        case record(SnapshotRecord)
    }

    private var entries: NameIndex {
        NameIndex(work: work, top: VolumeLayout.snapshots, attribute: VolumeLayout.snapshotAttribute)
    }

    /// A name's entry.
    func path(_ id: SnapshotID) -> String { entries.path(id) }

    /// One getxattr: nothing is listed or scanned.
    func find(_ id: SnapshotID) throws -> Found {
        guard let text = try entries.text(id) else { return .nothing }
        guard !text.isEmpty else { return .blank }
        return .record(try SnapshotRecord(text: text, path: work.mount.absolute(entries.path(id))))
    }

    /// The snapshot that callers may see under a name; nil when there is none. A member can be seen when all of its group
    /// snapshot can, which one attribute says.
    func snapshot(_ id: SnapshotID) throws -> Snapshot? {
        guard case .record(let record) = try find(id), let snapshot = record.snapshot(id) else { return nil }
        guard let membership = record.membership else { return snapshot }
        return try GroupSnapshotIndex(work: work).isReady(membership) ? snapshot : nil
    }

    /// Takes a name: makes its entry, and writes the record where there is none.
    ///
    /// - Throws: ``NameTaken`` when somebody else has written one meanwhile.
    func take(_ id: SnapshotID, _ record: SnapshotRecord) throws { try entries.take(id, record.text) }

    /// Writes the record of a name that is taken.
    ///
    /// - Throws: ``NameTaken`` when another replica has just removed the entry.
    func write(_ record: SnapshotRecord, _ id: SnapshotID) throws { try entries.write(record.text, id) }

    /// Frees the name. One that is free is a success.
    func remove(_ id: SnapshotID) throws { try entries.remove(id) }

    /// The groups that have had snapshots.
    func groups() throws -> [String] { try entries.groups() }

    /// The names of a group's snapshots, half-made ones included.
    func names(group: String) throws -> [String] { try entries.names(group: group) }
}
