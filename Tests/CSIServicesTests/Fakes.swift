import Synchronization
import Volumes

/// Clusters as a configuration file would give them.
struct FixedClusters: ClusterDirectory {
    var clusters: [Cluster]
    var clusterIDs: [String] { clusters.map(\.id) }
    func cluster(_ id: String) -> Cluster? { clusters.first { $0.id == id } }
}

/// Remembers what the edge asked of it: the edge's decisions are what these tests are about, not Ceph's behaviour.
final class RecordingProvisioner: VolumeProvisioner {
    private let specs = Mutex<[VolumeSpec]>([])
    private let deletions = Mutex<[VolumeID]>([])
    private let known: Volume?
    let impairment: String? = nil

    init(known: Volume? = nil) { self.known = known }

    var created: [VolumeSpec] { specs.withLock { $0 } }
    var deleted: [VolumeID] { deletions.withLock { $0 } }

    func create(_ spec: VolumeSpec, as credentials: CephCredentials) async throws -> Volume {
        specs.withLock { $0.append(spec) }
        return Volume(
            id: spec.id,
            requestName: spec.requestName,
            capacity: spec.capacity.chosen,
            dataPath: "/volumes/\(spec.id.group)/\(spec.id.volume)/data",
            properties: spec.properties
        )
    }

    func delete(_ id: VolumeID, as credentials: CephCredentials) async throws { deletions.withLock { $0.append(id) } }

    func volume(_ id: VolumeID, as credentials: CephCredentials) async throws -> Volume? {
        known?.id == id ? known : nil
    }

    func pathExists(
        _ path: String,
        cluster: String,
        filesystem: String,
        as credentials: CephCredentials
    ) async throws -> Bool {
        path == "/data/shared"
    }
}

/// Remembers what the edge asked of the node's mounts.
final class RecordingMounts: NodeMounts {
    private let stages = Mutex<[StageRequest]>([])
    private let publishes = Mutex<[PublishRequest]>([])
    let impairment: String? = nil

    var staged: [StageRequest] { stages.withLock { $0 } }
    var published: [PublishRequest] { publishes.withLock { $0 } }

    func stage(_ request: StageRequest) async throws { stages.withLock { $0.append(request) } }
    func unstage(volumeID: String, stagingPath: String) async throws {}
    func publish(_ request: PublishRequest) async throws { publishes.withLock { $0.append(request) } }
    func unpublish(volumeID: String, targetPath: String) async throws {}
    func statistics(volumeID: String, path: String) async throws -> VolumeStatistics {
        VolumeStatistics(
            usage: VolumeUsage(totalBytes: 10, usedBytes: 4, availableBytes: 6, usedInodes: 3),
            condition: VolumeCondition(isAbnormal: false, message: "well")
        )
    }
}
