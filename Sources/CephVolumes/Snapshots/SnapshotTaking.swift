import Ceph
import Glibc
import Volumes

/// Taking a snapshot: the name is taken in the index, then Ceph makes the snapshot, then the entry says so.
///
/// Whoever finds an entry that says less than all finishes it: what Ceph's snapshot holds besides the data tells whose
/// it is and how large the volume was.
struct SnapshotTaking {
    let id: SnapshotID
    let name: String
    let source: VolumeID
    let work: VolumeWork
    /// Has an entry of the trash removed.
    let purge: (_ name: String) -> Void

    private static let nameKey = "csi.name"
    private static let sourceKey = "csi.source"
    private static let dataKey = "csi.data"
    private static let sizeKey = "csi.size"
    private static let entriesKey = "csi.entries"

    private var mount: CephFSMount { work.mount }
    private var index: SnapshotIndex { SnapshotIndex(work: work) }
    private var directory: String { VolumeLayout.livePath(source) }

    /// - Throws: ``VolumeError/notFound(_:)``, ``VolumeError/alreadyExists(conflict:)``.
    func run() throws -> Snapshot {
        for _ in 0..<5 {
            do {
                return try attempt()
            } catch is NameTaken {
                continue
            } catch is Vanished {
                continue
            }
        }
        throw VolumeError.unavailable("the snapshot is taken and removed over and over by other replicas: try again")
    }

    private func attempt() throws -> Snapshot {
        let data = try work.data(at: directory)
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
        if record.source != source {
            throw VolumeError.alreadyExists(conflict: "the name is taken by a snapshot of volume \(record.source)")
        }
        if record.requestName != name {
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
            (record.size, record.entries) = try make(record)
            record.created = try birth()
        } catch let vanished as Vanished {
            // The volume went meanwhile: the name is to be free again.
            if try work.data(at: directory) == nil {
                try discard()
                throw missing
            }
            throw vanished
        }
        record.state = .ready
        try index.write(record, id)
        guard let snapshot = record.snapshot(id) else { throw NameTaken() }
        return snapshot
    }

    /// Has Ceph make it unless it has; returns what the volume holds then.
    private func make(_ record: SnapshotRecord) throws -> (size: Int64, entries: Int64) {
        // Of a directory in a snapshot this is the live one's, so it is asked before.
        let data = "\(directory)/\(record.data)"
        let (size, entries) = try work.orVanished(.find) {
            (
                try mount.attribute(VolumeLayout.bytesAttribute, of: data),
                try mount.attribute(VolumeLayout.entriesAttribute, of: data)
            )
        }
        let metadata = [
            VolumeLayout.snapshotKey: id.description, Self.nameKey: name, Self.sourceKey: source.description,
            Self.dataKey: record.data, Self.sizeKey: size, Self.entriesKey: entries,
        ]
        let isNew = try work.orVanished(.takeSnapshot) {
            do {
                try mount.makeSnapshot(of: directory, name: id.volume, metadata: metadata)
                return true
            } catch let error as CephError where error.code == EEXIST {
                return false
            }
        }
        guard !isNew else { return (Int64(size) ?? 0, Int64(entries) ?? 0) }
        let known = try work.step(.findSnapshot) { try work.metadata(directory, id.volume) } ?? [:]
        guard known[VolumeLayout.snapshotKey] == id.description, known[Self.dataKey] == record.data else {
            try index.remove(id)
            throw VolumeError.alreadyExists(
                conflict: "volume \(source) has a snapshot \(id.volume) that this plugin did not make"
            )
        }
        let number = { (key: String) in known[key].flatMap { Int64($0) } ?? 0 }
        return (number(Self.sizeKey), number(Self.entriesKey))
    }

    private func birth() throws -> CephTime {
        let path = VolumeLayout.snapshotPath(in: directory, id.volume)
        let text = try work.orVanished(.findSnapshot) {
            try mount.attribute(VolumeLayout.birthAttribute, of: path)
        }
        guard let time = CephTime(decimal: text) else {
            throw VolumeError.unexpected("\(mount.absolute(path)) has the creation time \(text.debugDescription)")
        }
        return time
    }
}

extension CephTime {
    /// Reads `<seconds>.<nanoseconds>` as Ceph prints times in attributes, with nine digits behind the point.
    init?(decimal text: String) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[1].utf8.count <= 9, let seconds = Int64(parts[0]),
            let fraction = Int64(parts[1])
        else { return nil }
        let scale = (parts[1].utf8.count..<9).reduce(Int64(1)) { scale, _ in scale * 10 }
        self.init(seconds: seconds, nanoseconds: fraction * scale)
    }
}
