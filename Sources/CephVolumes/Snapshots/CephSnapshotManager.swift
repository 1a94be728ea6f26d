import Ceph
import Volumes

/// Snapshots, by libcephfs.
///
/// A snapshot is Ceph's own, `<group>/<volume>/.snap/<snapshot>`; an index beside the groups makes names unique and finds
/// each by one look. As with volumes there is no state but the file system's.
public final class CephSnapshotManager: SnapshotManager {
    let store: CephVolumeStore
    private let copies: VolumeCopies

    init(store: CephVolumeStore, copies: VolumeCopies) {
        self.store = store
        self.copies = copies
    }

    /// See ``SnapshotManager/takeSnapshot(_:name:of:as:)``.
    @discardableResult
    public func takeSnapshot(
        _ id: SnapshotID,
        name: String,
        of volume: VolumeID,
        as credentials: CephCredentials?
    ) async throws -> Snapshot {
        guard (id.cluster, id.filesystem, id.group) == (volume.cluster, volume.filesystem, volume.group) else {
            throw VolumeError.invalid(field: "source_volume_id", fix: "must be a volume of the snapshot's group")
        }
        let user = try await store.user(credentials, of: store.cluster(volume.cluster))
        let request = try store.request(volume, user)
        let snapshot = try await store.perform("taking a snapshot of", on: id, request) { [store] work in
            try SnapshotTaking(id: id, name: name, source: volume, work: work) { trashed in
                store.purger.purge(trashed, of: request.settings)
            }.run()
        }
        store.journal.flush(request.settings)
        return snapshot
    }

    /// See ``SnapshotManager/deleteSnapshot(_:as:)``.
    public func deleteSnapshot(_ id: SnapshotID, as credentials: CephCredentials?) async throws {
        let credentials = try await store.user(credentials, of: store.cluster(id.cluster))
        let own = try store.request(id, credentials)
        try await LostRaces.retrying("taking and deleting the snapshot") {
            // Whose lock it takes only the entry says.
            let source = try await store.look("looking up snapshot", own) { work -> VolumeID? in
                guard case .record(let record) = try SnapshotIndex(work: work).find(id) else { return nil }
                return record.source
            }
            let request = try store.request(source ?? id, credentials)
            if let copy = copies.reading(id) {
                throw VolumeError.preconditionFailed(
                    "snapshot_id: volume \(copy.spec.id) is being made from it: \(copy.text)"
                )
            }
            let (isDone, trashed) = try await store.perform("removing a snapshot of", on: id, request) { work in
                if case .record(let record) = try SnapshotIndex(work: work).find(id) {
                    guard record.source == source else { return (false, String?.none) }
                    try Self.refuseMember(record, work)
                }
                return (true, try SnapshotRemoval(id: id, work: work).run())
            }
            guard isDone else { return Void?.none }
            store.journal.flush(request.settings)
            if let trashed { store.purger.purge(trashed, of: request.settings) }
            return ()
        }
    }

    /// See ``SnapshotManager/snapshot(_:as:)``.
    public func snapshot(_ id: SnapshotID, as credentials: CephCredentials?) async throws -> Snapshot? {
        let credentials = try await store.user(credentials, of: store.cluster(id.cluster))
        return try await store.look("looking up snapshot", store.request(id, credentials)) { work in
            try SnapshotIndex(work: work).snapshot(id)
        }
    }

    /// See ``SnapshotManager/snapshots(of:after:limit:as:)``.
    ///
    /// Of every cluster the configured file system is looked at. Credentials that a cluster does not accept see nothing
    /// there.
    public func snapshots(
        of source: VolumeID?,
        after last: SnapshotID?,
        limit: Int,
        as credentials: CephCredentials?
    ) async throws -> Page<Snapshot> {
        var candidates: [SnapshotID] = []
        for place in try places(of: source) {
            candidates += try await ids(place, of: source, as: credentials)
        }
        let known = last?.description ?? ""
        let rest = candidates.map { ($0, $0.description) }.filter { $0.1 > known }.sorted { $0.1 < $1.1 }.map(\.0)
        var page = Page<Snapshot>(entries: [], next: nil)
        // Records are read in batches: few round trips to threads, and no more records than fit the page.
        var index = rest.startIndex
        while page.entries.count < limit, index < rest.endIndex {
            let cluster = rest[index].cluster
            let batch = rest[index...].prefix(limit - page.entries.count).prefix { $0.cluster == cluster }
            page.entries += try await records(Array(batch), as: credentials)
                .filter { source == nil || $0.source == source }
            index = batch.endIndex
        }
        page.next = index < rest.endIndex ? rest[index - 1] : nil
        return page
    }
}

extension CephSnapshotManager {
    /// CSI spec, "DeleteSnapshot Errors". One whose group snapshot is gone stands alone.
    private static func refuseMember(_ record: SnapshotRecord, _ work: VolumeDirectory) throws {
        guard let group = record.membership?.group,
            case .record = try GroupSnapshotIndex(work: work).find(group)
        else { return }
        throw VolumeError.invalid(
            field: "snapshot_id",
            fix: "is part of the group snapshot \(group), which is deleted as a whole (DeleteVolumeGroupSnapshot)"
        )
    }

    /// One file system that a list goes through.
    private struct Place: Sendable {
        let cluster: String
        let filesystem: String
        let group: String
    }

    private func places(of source: VolumeID?) throws -> [Place] {
        if let source { return [Place(cluster: source.cluster, filesystem: source.filesystem, group: source.group)] }
        return store.clusters.clusterIDs.compactMap { store.clusters.cluster($0) }.map {
            Place(cluster: $0.id, filesystem: $0.filesystem, group: $0.group)
        }
    }

    private func ids(
        _ place: Place,
        of source: VolumeID?,
        as credentials: CephCredentials?
    ) async throws -> [SnapshotID] {
        // Any id leads to the place.
        guard
            let some = source
                ?? VolumeID(cluster: place.cluster, filesystem: place.filesystem, group: place.group, volume: "any")
        else { return [] }
        let user = try await store.user(credentials, of: store.cluster(place.cluster))
        do {
            return try await store.look("listing snapshots of", store.request(some, user)) { work in
                let listing = SnapshotListing(cluster: place.cluster, filesystem: place.filesystem, work: work)
                return if let source { try listing.all(of: source) } else { try listing.all() }
            }.filter { source != nil || isListed($0, of: place) }
        } catch let error as VolumeError where source == nil && credentials != nil {
            // A request brings one user; of several clusters it may know this one or not.
            switch error {
            case .unauthenticated, .permissionDenied: return []
            default: throw error
            }
        }
    }

    private func isListed(_ id: SnapshotID, of place: Place) -> Bool {
        store.clusters.cluster(place.cluster).map { store.clusters.lists(id.group, as: $0) } ?? false
    }

    private func records(_ ids: [SnapshotID], as credentials: CephCredentials?) async throws -> [Snapshot] {
        guard let first = ids.first else { return [] }
        let user = try await store.user(credentials, of: store.cluster(first.cluster))
        return try await store.look("listing snapshots of", store.request(first, user)) { work in
            let index = SnapshotIndex(work: work)
            return try ids.compactMap { try index.snapshot($0) }
        }
    }
}
