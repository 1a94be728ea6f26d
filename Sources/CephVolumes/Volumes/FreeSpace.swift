import Ceph
import Glibc
import Volumes

/// What is left for new volumes: of the data pool, and of the root's quota.
struct FreeSpace: Sendable {
    let store: CephVolumeStore

    /// See ``VolumeManager/availableBytes(cluster:filesystem:dataPool:)``.
    func bytes(_ cluster: Cluster, filesystem: String, dataPool: String?) async throws -> Int64 {
        let request = try await store.clusterRequest(cluster, filesystem: filesystem)
        // The mount first: it tells a wrong file system, user or root from monitors that don't answer.
        let root = try await store.look("measuring the root", request) { look in
            try look.step(.measure) { try Self.left(of: look.mount) }
        }
        let pool = try await store.ask("measuring pools", request, in: .measure) { rados in
            let pools = try rados.dataPools(of: filesystem)
            guard let pool = dataPool ?? pools.first, pools.contains(pool) else {
                throw VolumeError.invalid(
                    field: "parameters[dataPool]",
                    fix: "\(dataPool ?? "it") is not a data pool of file system \(filesystem), which has "
                        + pools.joined(separator: ", ")
                )
            }
            do {
                return try rados.availableBytes(inPool: pool)
            } catch let error as CephError where error.code == ENOENT {
                // The pool is there, as the file system says. Its figures come from the manager, some seconds after.
                throw VolumeError.unavailable(
                    "cluster \(cluster.id) has no figures of pool \(pool) yet, which its manager reports; retry"
                )
            }
        }
        return min(pool, root ?? pool)
    }

    /// What the root's quota leaves; nil when it has none.
    private static func left(of mount: CephFSMount) throws -> Int64? {
        guard let text = try mount.attributeIfPresent(VolumeLayout.quotaAttribute, of: "/"), let quota = Int64(text),
            quota > 0
        else { return nil }
        let used = Int64(try mount.attribute(VolumeLayout.sizeAttribute, of: "/")) ?? 0
        return max(quota - used, 0)
    }
}
