import Ceph
import Glibc
import Volumes

/// Gathers what is known of one volume.
struct VolumeInspection {
    let look: ClusterReader
    let id: VolumeID

    private var work: VolumeDirectory { look.work(group: id.group, volume: id.volume) }

    /// Nil when there is none of the plugin's volumes.
    func run() throws -> VolumeFacts? {
        guard let details = try work.details(id, .thorough) else { return nil }
        var facts = VolumeFacts(details: details)
        let base = work.layout.volumePath
        // A record that can't be read, and what depends on it, is told as the volume's condition.
        guard let record = try? work.record(at: base) else { return facts }
        let data = work.layout.dataPath(record.data)
        facts.created = record.created
        facts.details.volume.source = record.source
        facts.adoptedFrom = try work.adoptionMark(at: base)?.source
        facts.attachments = try work.attachments().compactMap(\.record?.attachment)
        facts.users = try users(record, facts.attachments)
        facts.snapshots = try snapshots(record.data)
        try look.step(.find) {
            facts.usedBytes = try number(VolumeLayout.sizeAttribute, of: data)
            facts.entries = try number(VolumeLayout.entriesAttribute, of: data)
            facts.pool = try attribute(VolumeLayout.poolAttribute, of: data)
            facts.namespace = try attribute(VolumeLayout.namespaceAttribute, of: data) ?? ""
        }
        return facts
    }

    /// Those that the attachments name; a user of the mode `volume` stays when its last node is gone.
    private func users(_ record: VolumeRecord, _ attachments: [Attachment]) throws -> [String] {
        guard try work.hasAttachments() else { return [] }
        let generation = try work.generation()
        let all = VolumeUsers(prefix: look.request.cluster.userPrefix, data: record.data, generation: generation)
        return Set(all.everShared + attachments.compactMap(\.user)).sorted()
    }

    private func snapshots(_ data: String) throws -> [Snapshot] {
        let index = SnapshotIndex(work: work)
        return try work.ownSnapshots(in: work.layout.volumePath).sorted().compactMap { name in
            guard
                let snapshot = SnapshotID(
                    cluster: id.cluster,
                    filesystem: id.filesystem,
                    group: id.group,
                    volume: name
                ),
                case .record(let record) = try index.find(snapshot), record.data == data
            else { return nil }
            return record.snapshot(snapshot)
        }
    }

    private func attribute(_ name: String, of path: String) throws -> String? {
        do {
            return try look.mount.attributeIfPresent(name, of: path)
        } catch let error as CephError where error.code == ENOENT {
            return nil
        }
    }

    private func number(_ name: String, of path: String) throws -> Int64 {
        try attribute(name, of: path).flatMap { Int64($0) } ?? 0
    }
}
