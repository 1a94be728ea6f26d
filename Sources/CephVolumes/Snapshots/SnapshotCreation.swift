import Bytes
import Ceph
import Glibc
import Volumes

/// Having Ceph make a snapshot whose name is taken in the index, in three steps, of which the middle one alone must happen
/// at a certain moment.
struct SnapshotCreation {
    let id: SnapshotID
    let name: String
    let source: VolumeID
    let work: VolumeDirectory

    /// The volume has a snapshot of that name that is not the one to be made.
    struct Foreign: Error {
        let error: VolumeError
    }

    private static let nameKey = "csi.name"
    private static let sourceKey = "csi.source"
    private static let dataKey = "csi.data"
    private static let sizeKey = "csi.size"
    private static let usedKey = "csi.used"
    private static let entriesKey = "csi.entries"

    private var mount: CephFSMount { work.mount }
    private var directory: String { VolumeLayout.livePath(source) }

    /// The record with the volume's capacity and about what it holds now. Of a directory in a snapshot this would be the live
    /// one's, so it is asked before.
    ///
    /// - Throws: ``VolumeMissing`` when the volume is gone.
    func measured(_ record: SnapshotRecord) throws -> SnapshotRecord {
        var record = record
        let data = "\(directory)/\(record.data)"
        try work.orMissing(.find) {
            let quota = try mount.attributeIfPresent(VolumeLayout.quotaAttribute, of: data)
            record.size = quota.flatMap { Int64($0) } ?? 0
            record.used = Int64(try mount.attribute(VolumeLayout.sizeAttribute, of: data)) ?? 0
            record.entries = Int64(try mount.attribute(VolumeLayout.entriesAttribute, of: data)) ?? 0
        }
        return record
    }

    /// Has Ceph make it, unless it has; the record then says what was measured when it was made.
    ///
    /// - Throws: ``VolumeMissing``, ``Foreign``.
    func made(_ record: SnapshotRecord) throws -> SnapshotRecord {
        let metadata = [
            VolumeLayout.snapshotKey: id.description, Self.nameKey: name, Self.sourceKey: source.description,
            Self.dataKey: record.data, Self.sizeKey: "\(record.size)", Self.usedKey: "\(record.used ?? 0)",
            Self.entriesKey: "\(record.entries)",
        ]
        let isNew = try work.orMissing(.takeSnapshot) {
            do {
                try mount.makeSnapshot(of: directory, name: id.volume, metadata: metadata)
                return true
            } catch let error as CephError where error.code == EEXIST {
                return false
            }
        }
        guard !isNew else { return record }
        let known = try work.step(.findSnapshot) { try work.metadata(directory, id.volume) } ?? [:]
        // A member is made once in an attempt: one that is there is of another moment.
        guard record.membership == nil, known[VolumeLayout.snapshotKey] == id.description,
            known[Self.dataKey] == record.data
        else {
            throw Foreign(
                error: .alreadyExists(
                    conflict: "volume \(source) has a snapshot \(id.volume) that this plugin did not make"
                )
            )
        }
        var record = record
        record.size = known[Self.sizeKey].flatMap { Int64($0) } ?? 0
        record.used = known[Self.usedKey].flatMap { Int64($0) }
        record.entries = known[Self.entriesKey].flatMap { Int64($0) } ?? 0
        return record
    }

    /// The record of a snapshot that is there, with the time when Ceph made it.
    ///
    /// - Throws: ``VolumeMissing``.
    func completed(_ record: SnapshotRecord) throws -> SnapshotRecord {
        let path = VolumeLayout.snapshotPath(in: directory, id.volume)
        let text = try work.orMissing(.findSnapshot) {
            try mount.attribute(VolumeLayout.birthAttribute, of: path)
        }
        guard let time = CephTime(decimal: text) else {
            throw VolumeError.unexpected("\(mount.absolute(path)) has the creation time \(text.debugDescription)")
        }
        var record = record
        record.created = time
        record.state = .ready
        return record
    }
}

extension CephTime {
    /// Reads `<seconds>.<nanoseconds>` as Ceph prints times in attributes, with nine digits behind the point.
    init?(decimal text: String) {
        let parts = text.split(byte: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[1].utf8.count <= 9, let seconds = Int64(parts[0]),
            let fraction = Int64(parts[1])
        else { return nil }
        let scale = (parts[1].utf8.count..<9).reduce(Int64(1)) { scale, _ in scale * 10 }
        self.init(seconds: seconds, nanoseconds: fraction * scale)
    }
}
