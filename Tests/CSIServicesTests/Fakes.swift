import Cryptography
import Synchronization
import Testing
import Volumes

@testable import CSIServices

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
    private let patiences = Mutex<[Duration]>([])
    private let known: Volume?
    let impairment: String? = nil

    init(known: Volume? = nil) { self.known = known }

    var created: [VolumeSpec] { specs.withLock { $0 } }
    var deleted: [VolumeID] { deletions.withLock { $0 } }
    var waited: [Duration] { patiences.withLock { $0 } }

    func create(_ spec: VolumeSpec, as credentials: CephCredentials) async throws -> Volume {
        specs.withLock { $0.append(spec) }
        return Volume(
            id: spec.id,
            requestName: spec.requestName,
            capacity: spec.capacity.chosen,
            dataPath: "/volumes/\(spec.id.group)/\(spec.id.volume)/data",
            properties: spec.properties,
            source: spec.source,
            isShallow: spec.isShallow
        )
    }

    func delete(_ id: VolumeID, as credentials: CephCredentials?, patience: Duration) async throws {
        deletions.withLock { $0.append(id) }
        patiences.withLock { $0.append(patience) }
    }

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

/// Remembers what the edge asked of it, and hands out one user.
final class RecordingIssuer: CredentialIssuer {
    private let admissions = Mutex<[AdmissionRequest]>([])
    private let dismissals = Mutex<[(VolumeID, String?)]>([])
    private let fencers = Mutex<[String?]>([])
    let user = CephCredentials(user: "csi-volume-1", key: Secret(someKey))

    var admitted: [AdmissionRequest] { admissions.withLock { $0 } }
    var dismissed: [(volume: VolumeID, node: String?)] { dismissals.withLock { $0 } }
    /// The fencer's user of each call, nil where it brought none.
    var fencing: [String?] { fencers.withLock { $0 } }

    func admit(
        _ request: AdmissionRequest,
        as provisioner: CephCredentials,
        fencer: CephCredentials?
    ) async throws -> CephCredentials? {
        admissions.withLock { $0.append(request) }
        fencers.withLock { $0.append(fencer?.user) }
        return request.mode == .shared ? nil : user
    }

    func dismiss(
        _ volume: VolumeID,
        node: String?,
        as provisioner: CephCredentials?,
        fencer: CephCredentials?
    ) async throws {
        dismissals.withLock { $0.append((volume, node)) }
        fencers.withLock { $0.append(fencer?.user) }
    }

    func attachments(of volume: VolumeID, as provisioner: CephCredentials) async throws -> [Volumes.Attachment] { [] }

    func shallowSource(of volume: VolumeID, as provisioner: CephCredentials) async throws -> ShallowSource? {
        ShallowSource(path: "/volumes/csi/source/data", snapshot: "_s1_1099511627780")
    }

    func rotate(
        _ volume: VolumeID,
        revoking: Bool,
        as provisioner: CephCredentials,
        fencer: CephCredentials?
    ) async throws -> [String] { [] }
}

/// A stand-in for sealed boxes: shows to whom something was sealed, and opens it for nobody else.
enum OpenBox {
    static let seal: CredentialEnvelope.Seal = { plain, key in key + plain }

    static func open(for node: NodeIdentity) -> CredentialEnvelope.Open {
        { sealed in sealed.starts(with: node.publicKey) ? Array(sealed.dropFirst(node.publicKey.count)) : nil }
    }
}

extension NodeIdentity {
    /// A node with a key of its own.
    static func sample(_ name: String = "n1", key: UInt8 = 1) throws -> NodeIdentity {
        try #require(NodeIdentity(name: name, publicKey: [UInt8](repeating: key, count: 32)))
    }
}

/// Remembers what the edge asked of it.
final class RecordingManager: VolumeManager {
    private let expansions = Mutex<[CapacityRange]>([])
    private let changes = Mutex<[VolumeChanges]>([])
    private let lists = Mutex<[(VolumeID?, Int)]>([])
    private let users = Mutex<[CephCredentials?]>([])
    private let known: [VolumeDetails]

    init(_ known: [VolumeDetails] = []) { self.known = known }

    /// Whom changes were made as; nil: as the configuration's user.
    var changers: [CephCredentials?] { users.withLock { $0 } }
    var expanded: [CapacityRange] { expansions.withLock { $0 } }
    var modified: [VolumeChanges] { changes.withLock { $0 } }
    var listed: [(after: VolumeID?, limit: Int)] { lists.withLock { $0 } }

    func expand(_ id: VolumeID, to range: CapacityRange, as credentials: CephCredentials?) async throws -> Capacity? {
        expansions.withLock { $0.append(range) }
        users.withLock { $0.append(credentials) }
        return range.chosen
    }

    func modify(_ id: VolumeID, _ changes: VolumeChanges, as credentials: CephCredentials?) async throws {
        self.changes.withLock { $0.append(changes) }
        users.withLock { $0.append(credentials) }
    }

    func volumes(after last: VolumeID?, limit: Int) async throws -> Page<VolumeDetails> {
        lists.withLock { $0.append((last, limit)) }
        return Page(entries: known, next: known.last?.volume.id)
    }

    func details(_ id: VolumeID) async throws -> VolumeDetails? { known.first { $0.volume.id == id } }

    func availableBytes(cluster: String, filesystem: String, dataPool: String?) async throws -> Int64 { 1 << 40 }
}

/// Remembers what the edge asked of it.
final class RecordingSnapshots: SnapshotManager {
    private let known: [Snapshot]

    init(_ known: [Snapshot] = []) { self.known = known }

    func takeSnapshot(
        _ id: SnapshotID,
        name: String,
        of volume: VolumeID,
        as credentials: CephCredentials?
    ) async throws -> Snapshot {
        Snapshot(id: id, requestName: name, source: volume, createdSeconds: 1, createdNanoseconds: 2, size: 3)
    }

    func deleteSnapshot(_ id: SnapshotID, as credentials: CephCredentials?) async throws {}

    func snapshot(_ id: SnapshotID, as credentials: CephCredentials?) async throws -> Snapshot? {
        known.first { $0.id == id }
    }

    func snapshots(
        of source: VolumeID?,
        after last: SnapshotID?,
        limit: Int,
        as credentials: CephCredentials?
    ) async throws -> Page<Snapshot> { Page(entries: known.filter { source == nil || $0.source == source }, next: nil) }
}

/// Remembers what the edge asked of it.
final class RecordingGroups: GroupSnapshotManager {
    private let specs = Mutex<[GroupSnapshotSpec]>([])
    private let fencers = Mutex<[String?]>([])
    private let callers = Mutex<[String?]>([])
    private let deletions = Mutex<[(GroupSnapshotID, [String])]>([])
    private let known: GroupSnapshot?

    init(_ known: GroupSnapshot? = nil) { self.known = known }

    var taken: [GroupSnapshotSpec] { specs.withLock { $0 } }
    var users: [String?] { callers.withLock { $0 } }
    var fencing: [String?] { fencers.withLock { $0 } }
    var deleted: [(id: GroupSnapshotID, members: [String])] { deletions.withLock { $0 } }

    func takeGroupSnapshot(
        _ spec: GroupSnapshotSpec,
        as credentials: CephCredentials?,
        fencer: CephCredentials?
    ) async throws -> GroupSnapshot {
        specs.withLock { $0.append(spec) }
        fencers.withLock { $0.append(fencer?.user) }
        callers.withLock { $0.append(credentials?.user) }
        let members = spec.members.enumerated().map { number, member in
            Snapshot(
                id: member.snapshot,
                requestName: member.name,
                source: member.volume,
                createdSeconds: Int64(100 - number),
                createdNanoseconds: 2,
                size: 3,
                group: spec.id
            )
        }
        return GroupSnapshot(id: spec.id, requestName: spec.requestName, members: members)
    }

    func deleteGroupSnapshot(
        _ id: GroupSnapshotID,
        members: [String],
        as credentials: CephCredentials?,
        fencer: CephCredentials?
    ) async throws {
        callers.withLock { $0.append(credentials?.user) }
        deletions.withLock { $0.append((id, members)) }
    }

    func groupSnapshot(_ id: GroupSnapshotID, as credentials: CephCredentials?) async throws -> GroupSnapshot? {
        known?.id == id ? known : nil
    }
}

extension CephFSControllerService {
    /// A controller with these parts, and for all others stand-ins that nobody looks at.
    static func sample(
        _ clusters: FixedClusters,
        naming: VolumeNaming = VolumeNaming { _ in String(repeating: "0", count: 64) },
        provisioner: RecordingProvisioner = RecordingProvisioner(),
        issuer: RecordingIssuer = RecordingIssuer(),
        manager: RecordingManager = RecordingManager(),
        seal: @escaping CredentialEnvelope.Seal = OpenBox.seal
    ) -> CephFSControllerService {
        CephFSControllerService(
            clusters: clusters,
            naming: naming,
            provisioner: provisioner,
            issuer: issuer,
            manager: manager,
            snapshots: RecordingSnapshots(),
            statics: StaticAttachments(),
            seal: seal
        )
    }
}
