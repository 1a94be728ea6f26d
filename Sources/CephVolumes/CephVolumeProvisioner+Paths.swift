import Ceph
import Glibc
import Volumes

extension CephVolumeProvisioner {
    /// See ``VolumeProvisioner/pathExists(_:cluster:filesystem:as:)``.
    ///
    /// A path below the cluster's root is looked at through the connection that provisioning uses; any other, or with a
    /// user that may not mount the root, by mounting the path itself for a moment.
    public func pathExists(
        _ path: String,
        cluster clusterID: String,
        filesystem: String,
        as credentials: CephCredentials
    ) async throws -> Bool {
        guard AbsolutePath.isPlain(path) else {
            throw VolumeError.invalid(
                field: "volume_context[path]",
                fix: "must be an absolute path below /, without . and .. components"
            )
        }
        let cluster = try store.cluster(clusterID)
        let path = AbsolutePath.normalized(path)
        let shared = store.settings(cluster, filesystem: filesystem, root: cluster.root, credentials)
        if let relative = AbsolutePath.relative(path, to: shared.root) {
            do {
                return try await store.connections.run(shared, "looking for \(path)") { mount in
                    try mount.statusIfPresent(relative)?.isDirectory ?? false
                }
            } catch let error as CephError where error.code == EPERM || error.code == EACCES {
                // The user's caps begin below the root.
            } catch let error as CephError {
                throw try await pathError(error, shared, cluster)
            }
        }
        let own = store.settings(cluster, filesystem: filesystem, root: path, credentials)
        do {
            return try await store.connections.runOnce(own, "looking for \(path)") { mount in
                try mount.status("/").isDirectory
            }
        } catch let error as CephError where error.code == ENOENT || error.code == ENOTDIR {
            return false
        } catch let error as CephError {
            throw try await pathError(error, own, cluster)
        }
    }

    private func pathError(
        _ error: CephError,
        _ settings: CephSettings,
        _ cluster: Cluster
    ) async throws -> VolumeError {
        let context = ErrorContext(
            cluster: cluster.id,
            user: settings.user,
            filesystem: settings.filesystem,
            root: settings.root
        )
        return try await store.connectError(error, settings, context)
    }
}
