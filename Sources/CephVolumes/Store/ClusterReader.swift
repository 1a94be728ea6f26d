import Ceph
import Volumes

/// A question about a whole cluster rather than one volume of it; it takes no locks.
struct ResolvedCluster: Sendable {
    let cluster: Cluster
    let filesystem: String
    let settings: CephSettings
    let context: ErrorContext
}

extension CephVolumeStore {
    /// A question about one of a cluster's file systems.
    ///
    /// - Parameter credentials: nil for a call without secrets.
    func clusterRequest(
        _ cluster: Cluster,
        filesystem: String? = nil,
        as credentials: CephCredentials? = nil
    ) async throws -> ResolvedCluster {
        let user = try await user(credentials, of: cluster)
        let filesystem = filesystem ?? cluster.filesystem
        let settings = settings(cluster, filesystem: filesystem, root: cluster.root, user)
        return ResolvedCluster(
            cluster: cluster,
            filesystem: filesystem,
            settings: settings,
            context: ErrorContext(
                cluster: cluster.id,
                user: user.user,
                filesystem: filesystem,
                root: settings.root
            )
        )
    }

    /// MountProbes at the file system, on a thread.
    func look<Value: Sendable>(
        _ label: String,
        _ request: ResolvedCluster,
        _ body: @escaping @Sendable (ClusterReader) throws -> Value
    ) async throws -> Value {
        do {
            return try await connections.run(request.settings, "\(label) of \(request.cluster.id)") {
                [upkeep] mount in
                let value = try body(ClusterReader(mount: mount, request: request))
                // Where a user is configured, these calls may be the first after a start.
                upkeep.noteRequest(on: mount.id, of: request.settings, on: request.cluster)
                return value
            }
        } catch let error as CephError {
            throw try await connectError(error, request.settings, request.context)
        } catch let error as VolumeError {
            throw noted(error, "\(label) of \(request.cluster.id)")
        }
    }

    /// Asks the monitors, on a thread.
    func ask<Value: Sendable>(
        _ label: String,
        _ request: ResolvedCluster,
        in step: Step,
        _ body: @escaping @Sendable (Rados) throws -> Value
    ) async throws -> Value {
        do {
            return try await connections.runMonitors(request.settings, "\(label) of \(request.cluster.id)", body)
        } catch let error as CephError {
            throw VolumeError(error, in: step, request.context)
        }
    }
}

/// A mount to look at, on a thread that may block.
struct ClusterReader {
    let mount: CephFSMount
    let request: ResolvedCluster

    /// One of the volumes.
    func work(group: String, volume: String) -> VolumeDirectory {
        VolumeDirectory(
            mount: mount,
            layout: VolumeLayout(root: mount.root, group: group, volume: volume),
            context: request.context,
            progress: Progress()
        )
    }

    /// Does one step; Ceph's errors become the domain's.
    func step<Value>(_ step: Step, _ body: () throws -> Value) throws -> Value {
        do {
            return try body()
        } catch let error as CephError {
            mount.doubt(error)
            throw VolumeError(error, in: step, request.context)
        }
    }
}
