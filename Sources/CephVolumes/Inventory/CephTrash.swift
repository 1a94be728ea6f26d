import Ceph
import Glibc
import System
import Volumes

/// A deleted volume that is still there.
public struct TrashedVolume: Sendable, Hashable {
    /// The id that it had.
    public var id: VolumeID
    /// When it was deleted, compact UTC (`20261122T233000.123456Z`). Two of one id differ in it.
    public var deletedAt: String
    /// Bytes in it (`ceph.dir.rbytes`).
    public var size: Int64
    /// The snapshots, taken by others than the plugin, that keep it from being removed. Where there are some its removal
    /// has begun, and it can't be restored.
    public var heldBy: [String]
    /// Its name in the trash.
    let name: String
}

/// What is in the trash, for an administrator.
public final class CephTrash: Sendable {
    private let store: CephVolumeStore

    init(store: CephVolumeStore) {
        self.store = store
    }

    /// The cluster's deleted volumes in the order in which they were deleted, without those that are being removed.
    public func list(_ cluster: Cluster, as credentials: CephCredentials) async throws -> [TrashedVolume] {
        let request = try await store.clusterRequest(cluster, as: credentials)
        return try await store.look("listing the trash", request) { look in
            try look.step(.list) {
                do {
                    return try look.mount.names(VolumeLayout.trash) { $0 != "." && $0 != ".." }.sorted()
                        .compactMap { try Self.entry($0, look) }
                } catch let error as CephError where error.code == ENOENT {
                    return []
                }
            }
        }
    }

    /// Puts a volume back under its name.
    ///
    /// - Parameter deletedAt: which one, where several of the id are in the trash; nil: the one deleted last.
    /// - Throws: ``VolumeError/notFound(_:)``, ``VolumeError/alreadyExists(conflict:)`` when the name is taken.
    public func restore(_ id: VolumeID, deletedAt: String?, as credentials: CephCredentials) async throws {
        let found = try await find(id, deletedAt, credentials)
        try await store.perform("restoring", store.request(id, credentials)) { try $0.restore(found.name) }
    }

    /// Removes a volume now.
    ///
    /// - Parameter deletedAt: as in ``restore(_:deletedAt:as:)``.
    public func purge(_ id: VolumeID, deletedAt: String?, as credentials: CephCredentials) async throws {
        let found = try await find(id, deletedAt, credentials)
        try await store.perform("purging", store.request(id, credentials)) { work in
            try work.step(.purge) { try work.mount.purge(found.name) }
        }
    }

    private func find(_ id: VolumeID, _ deletedAt: String?, _ credentials: CephCredentials) async throws
        -> TrashedVolume
    {
        let entries = try await list(store.cluster(id.cluster), as: credentials).filter { $0.id == id }
        guard let found = entries.last(where: { deletedAt == nil || $0.deletedAt == deletedAt }) else {
            let time = deletedAt.map { ", deleted at \($0)," } ?? ""
            throw VolumeError.notFound("no volume \(id)\(time) is in the trash")
        }
        return found
    }

    /// What the entry is of; nil for what is no volume, or is going.
    private static func entry(_ name: String, _ look: ClusterReader) throws -> TrashedVolume? {
        let path = "\(VolumeLayout.trash)/\(name)"
        guard let parts = VolumeLayout.trashed(name) else { return nil }
        do {
            var heldBy: [String] = []
            if try look.mount.attributeIfPresent(VolumeLayout.purgingAttribute, of: path) != nil {
                heldBy = try look.mount.snapshots(holding: name)
                guard !heldBy.isEmpty else { return nil }
            }
            guard let text = try look.mount.attributeIfPresent(VolumeLayout.recordAttribute, of: path),
                let record = try? VolumeRecord(text: text, path: path),
                let id = VolumeID(
                    cluster: look.request.cluster.id,
                    filesystem: look.request.filesystem,
                    group: record.group,
                    volume: parts.volume
                )
            else { return nil }
            // Of its data alone: the mgr's record has a size too.
            let place = heldBy.isEmpty ? "\(path)/\(record.data)" : path
            let size = try look.mount.attribute(VolumeLayout.sizeAttribute, of: place)
            return TrashedVolume(
                id: id,
                deletedAt: WallClock(microseconds: parts.deletedAt).compact,
                size: Int64(size) ?? 0,
                heldBy: heldBy,
                name: name
            )
        } catch let error as CephError where [ENOENT, ENOTDIR, ELOOP].contains(error.code) {
            return nil
        }
    }
}
