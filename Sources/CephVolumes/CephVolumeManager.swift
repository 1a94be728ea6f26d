import Ceph
import Volumes

/// Volumes looked at and changed, by libcephfs.
public final class CephVolumeManager: VolumeManager {
    let store: CephVolumeStore

    init(store: CephVolumeStore) {
        self.store = store
    }

    /// See ``VolumeManager/expand(_:to:as:)``.
    public func expand(
        _ id: VolumeID,
        to range: CapacityRange,
        as credentials: CephCredentials?
    ) async throws -> Capacity? {
        try await change("expanding", id, credentials) { try $0.expand(to: range) }
    }

    /// See ``VolumeManager/modify(_:_:as:)``.
    public func modify(_ id: VolumeID, _ changes: VolumeChanges, as credentials: CephCredentials?) async throws {
        try await change("modifying", id, credentials) { try $0.modify(changes) }
    }

    /// See ``VolumeManager/volumes(after:limit:)``.
    public func volumes(after last: VolumeID?, limit: Int) async throws -> Page<VolumeDetails> {
        try await VolumeList(store: store).page(after: last, limit: limit)
    }

    /// See ``VolumeManager/details(_:)``.
    public func details(_ id: VolumeID) async throws -> VolumeDetails? {
        let request = try await store.clusterRequest(store.cluster(id.cluster), filesystem: id.filesystem)
        return try await store.look("looking \(id) up", request) { look in
            try look.work(group: id.group, volume: id.volume).details(id, .thorough)
        }
    }

    /// See ``VolumeManager/availableBytes(cluster:filesystem:dataPool:)``.
    public func availableBytes(cluster: String, filesystem: String, dataPool: String?) async throws -> Int64 {
        try await FreeSpace(store: store).bytes(store.cluster(cluster), filesystem: filesystem, dataPool: dataPool)
    }

    /// One change of one volume, with its lock.
    private func change<Value: Sendable>(
        _ label: String,
        _ id: VolumeID,
        _ credentials: CephCredentials?,
        _ body: @escaping @Sendable (VolumeDirectory) throws -> Value
    ) async throws -> Value {
        let user = try await store.user(credentials, of: store.cluster(id.cluster))
        let request = try store.request(id, user)
        return try await store.perform(label, request) { work in
            do {
                return try body(work)
            } catch is VolumeMissing {
                throw VolumeError.notFound("volume \(id) does not exist, or its data directory is missing")
            }
        }
    }
}
