import CephVolumes
import Configuration
import Volumes

/// What `cephfs-csi trash` does.
struct TrashWork: Sendable {
    /// What to do, with what.
    enum Action: Sendable {
        case list(cluster: String?)
        case restore([VolumeID], deletedAt: String?)
        case purge([VolumeID], deletedAt: String?)
    }

    let action: Action
    let session: ProvisionerSession

    init(_ action: Action, _ access: ProvisionerAccess) {
        self.action = action
        session = ProvisionerSession(access)
    }

    /// Does it and ends the process.
    func run() async -> Never {
        await session.run { backend, clusters, provisioner in
            try await perform(backend.trash, clusters, provisioner)
            return .success
        }
    }

    private func perform(
        _ trash: CephTrash,
        _ clusters: any ClusterDirectory,
        _ provisioner: CephCredentials
    ) async throws {
        switch action {
        case .list(let id):
            for id in id.map({ [$0] }) ?? clusters.clusterIDs {
                guard let cluster = clusters.cluster(id) else {
                    throw VolumeError.notFound("--cluster \(id) is not in the configuration file")
                }
                for volume in try await trash.list(cluster, as: provisioner) {
                    let held =
                        volume.heldBy.isEmpty ? "" : " held by snapshots: \(volume.heldBy.joined(separator: " "))"
                    print("\(volume.deletedAt) \(volume.id) \(volume.size)\(held)")
                }
            }
        case .restore(let volumes, let deletedAt):
            for volume in volumes {
                try await trash.restore(volume, deletedAt: deletedAt, as: provisioner)
                print("\(volume) is restored")
            }
        case .purge(let volumes, let deletedAt):
            for volume in volumes {
                try await trash.purge(volume, deletedAt: deletedAt, as: provisioner)
                print("\(volume) is purged")
            }
        }
    }
}
