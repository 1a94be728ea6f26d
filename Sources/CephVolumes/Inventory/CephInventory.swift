import Ceph
import Glibc
import Volumes

/// Everything that is on the file system, for an administrator.
public final class CephInventory: Sendable {
    private let store: CephVolumeStore

    init(store: CephVolumeStore) {
        self.store = store
    }

    /// The ids of a file system's volumes, over all its groups, in their order.
    ///
    /// - Parameters:
    ///   - filesystem: nil for the cluster's.
    ///   - group: nil for all.
    public func volumes(
        of cluster: Cluster,
        filesystem: String? = nil,
        group: String? = nil,
        as credentials: CephCredentials
    ) async throws -> [VolumeID] {
        let request = try await store.clusterRequest(cluster, filesystem: filesystem, as: credentials)
        return try await store.look("listing", request) { [store] look in
            let groups = try group.map { [$0] } ?? look.names("/")
            return try groups.flatMap { group in
                try look.names("/\(group)").compactMap { name in
                    guard let id = look.id(group: group, volume: name) else { return nil }
                    do {
                        let text = try look.work(group: group, volume: name).recordText()
                        return text?.isEmpty == false ? id : nil
                    } catch VolumeError.tampered(let message) {
                        _ = store.noted(.tampered(message), "listing \(id)")
                        return nil
                    }
                }
            }
        }
    }

    /// What is known of a volume; nil when there is none of the plugin's.
    public func facts(_ id: VolumeID, as credentials: CephCredentials) async throws -> VolumeFacts? {
        let cluster = try store.cluster(id.cluster)
        let request = try await store.clusterRequest(cluster, filesystem: id.filesystem, as: credentials)
        return try await store.look("looking \(id) up", request) { look in
            try VolumeInspection(look: look, id: id).run()
        }
    }

    /// The ids of a file system's snapshots, over all groups, in their order.
    public func snapshots(
        of cluster: Cluster,
        filesystem: String? = nil,
        as credentials: CephCredentials
    ) async throws -> [SnapshotID] {
        let request = try await store.clusterRequest(cluster, filesystem: filesystem, as: credentials)
        return try await store.look("listing snapshots", request) { look in
            let work = look.work(group: cluster.group, volume: "")
            let listing = SnapshotListing(cluster: cluster.id, filesystem: look.request.filesystem, work: work)
            return try listing.all().sorted { $0.description < $1.description }
        }
    }
}

extension ClusterReader {
    fileprivate func id(group: String, volume: String) -> VolumeID? {
        VolumeID(cluster: request.cluster.id, filesystem: request.filesystem, group: group, volume: volume)
    }

    /// The names of a directory that groups or volumes may have, in their order; none where there is no directory.
    fileprivate func names(_ path: String) throws -> [String] {
        try step(.list) {
            do {
                return try mount.names(path, where: FileName.isSafe).sorted()
            } catch let error as CephError where error.isMissing || error.code == ENOTDIR || error.code == ELOOP {
                return []
            }
        }
    }
}
