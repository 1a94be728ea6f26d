import CSI
import Testing
import Volumes

@testable import CSIServices

@Suite struct GroupControllerTests {
    private let clusters = FixedClusters(clusters: [Cluster(id: "prod", monitors: ["127.0.0.1:6789"])])

    private func service(
        _ groups: RecordingGroups = RecordingGroups(),
        _ statics: StaticAttachments = StaticAttachments()
    ) -> CephFSGroupControllerService {
        CephFSGroupControllerService(
            clusters: clusters,
            naming: VolumeNaming { name in
                String(repeating: "\(name.utf8.reduce(0) { $0 + Int($1) } % 10)", count: 64)
            },
            groups: groups,
            statics: statics
        )
    }

    private func request(
        _ change: (inout CreateVolumeGroupSnapshotRequest) -> Void = { _ in }
    ) -> CreateVolumeGroupSnapshotRequest {
        var request = CreateVolumeGroupSnapshotRequest(
            name: "g1",
            sourceVolumeIDs: ["prod:cephfs:csi:a", "prod:cephfs:csi:b"],
            secrets: controllerSecrets
        )
        change(&request)
        return request
    }

    private func refusal(_ body: () async throws -> Void) async -> VolumeError? {
        do {
            try await body()
            return nil
        } catch {
            return error as? VolumeError
        }
    }

    private func known() throws -> GroupSnapshot {
        let id = try #require(GroupSnapshotID("prod:cephfs:csi:g1"))
        let members = try ["a", "b"].map { name in
            Snapshot(
                id: try #require(SnapshotID("prod:cephfs:csi:s-\(name)")),
                requestName: name,
                source: try #require(VolumeID("prod:cephfs:csi:\(name)")),
                createdSeconds: 1,
                createdNanoseconds: 2,
                size: 3,
                group: id
            )
        }
        return GroupSnapshot(id: id, requestName: "g1", members: members)
    }

    @Test func `a static volume is called what it is, and nothing is taken of the others`() async throws {
        let (groups, statics) = (RecordingGroups(), StaticAttachments())
        let service = service(groups, statics)
        let request = request { $0.sourceVolumeIDs[1] = "shared data, by hand" }
        let unknown = await refusal { _ = try await service.createVolumeGroupSnapshot(request) }
        guard case .notFound(let text) = unknown else { throw Unexpected() }
        #expect(text.hasPrefix("source_volume_ids[1]") && text.contains("if it is a static volume:"), "\(text)")
        // Once it is attached it is known to be one.
        try statics.published("shared data, by hand", to: NodeIdentity.sample(), context: [:])
        let refused = await refusal { _ = try await service.createVolumeGroupSnapshot(request) }
        guard case .invalid("source_volume_ids[1]", let fix) = refused else { throw Unexpected() }
        #expect(fix.contains("is a static volume"), "\(fix)")
        #expect(groups.taken.isEmpty)
    }

    private struct Unexpected: Error {}

    @Test func `it offers what there is to offer`() async throws {
        let response = try await service().groupControllerGetCapabilities(GroupControllerGetCapabilitiesRequest())
        #expect(response.capabilities.map(\.type) == [.rpc(.init(type: .createDeleteGetVolumeGroupSnapshot))])
    }

    @Test func `the answer has every member, and the time of the last`() async throws {
        let groups = RecordingGroups()
        let answer = try await service(groups).createVolumeGroupSnapshot(request())
        let snapshot = try #require(answer.groupSnapshot)
        #expect(snapshot.groupSnapshotID == "prod:cephfs:csi:g1" && snapshot.readyToUse)
        #expect(snapshot.creationTime == Timestamp(seconds: 100, nanoseconds: 2))
        #expect(snapshot.snapshots.map(\.sourceVolumeID) == ["prod:cephfs:csi:a", "prod:cephfs:csi:b"])
        #expect(snapshot.snapshots.allSatisfy { $0.groupSnapshotID == snapshot.groupSnapshotID && $0.readyToUse })
        #expect(groups.taken.map(\.consistency) == [.frozen] && groups.fencing == [nil])
        #expect(groups.users == ["csi-provisioner"])
        // Without secrets it is the cluster's standing user.
        _ = try await service(groups).createVolumeGroupSnapshot(request { $0.secrets = [:] })
        _ = try await service(groups).deleteVolumeGroupSnapshot(
            DeleteVolumeGroupSnapshotRequest(groupSnapshotID: snapshot.groupSnapshotID)
        )
        #expect(groups.users == ["csi-provisioner", nil, nil])
    }

    @Test func `the class chooses the consistency, the secret brings who may freeze`() async throws {
        let groups = RecordingGroups()
        _ = try await service(groups).createVolumeGroupSnapshot(
            request {
                $0.parameters = ["groupSnapshotConsistency": "crash-per-volume", "csi.storage.k8s.io/x": "y"]
                var secrets = controllerSecrets.exposed
                secrets["fencerID"] = "csi-fencer"
                secrets["fencerKey"] = someKey
                $0.secrets = Redacted(secrets)
            }
        )
        #expect(groups.taken.map(\.consistency) == [.crashPerVolume] && groups.fencing == ["csi-fencer"])
    }

    @Test(arguments: [
        "name", "source_volume_ids", "source_volume_ids[1]", "parameters[x]",
        "parameters[groupSnapshotConsistency]", "secrets[adminID]",
    ])
    func `what is wrong with a request is refused by its field`(_ field: String) async throws {
        let groups = RecordingGroups()
        let error = await refusal {
            _ = try await service(groups).createVolumeGroupSnapshot(
                request {
                    switch field {
                    case "name": $0.name = ""
                    case "source_volume_ids": $0.sourceVolumeIDs = []
                    case "source_volume_ids[1]": $0.sourceVolumeIDs[1] = ""
                    case "parameters[x]": $0.parameters = ["x": "y"]
                    case "secrets[adminID]": $0.secrets = Redacted(["adminKey": someKey])
                    default: $0.parameters = ["groupSnapshotConsistency": "perfect"]
                    }
                }
            )
        }
        guard case .invalid(field, _) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(groups.taken.isEmpty)
    }

    @Test func `a volume that this plugin can't have made is not found`() async throws {
        for id in ["shared-data", "other:cephfs:csi:b"] {
            let error = await refusal {
                _ = try await service().createVolumeGroupSnapshot(request { $0.sourceVolumeIDs[1] = id })
            }
            guard case .notFound(let message) = error else {
                Issue.record("\(String(describing: error))")
                continue
            }
            #expect(message.contains(id))
        }
    }

    @Test func `deleting passes the members on, and an id that names nothing is a success`() async throws {
        let groups = RecordingGroups()
        _ = try await service(groups).deleteVolumeGroupSnapshot(
            DeleteVolumeGroupSnapshotRequest(
                groupSnapshotID: "prod:cephfs:csi:g1",
                snapshotIDs: ["s"],
                secrets: controllerSecrets
            )
        )
        _ = try await service(groups).deleteVolumeGroupSnapshot(
            DeleteVolumeGroupSnapshotRequest(groupSnapshotID: "nothing", secrets: controllerSecrets)
        )
        #expect(groups.deleted.map(\.id.volume) == ["g1"] && groups.deleted[0].members == ["s"])
        let error = await refusal {
            _ = try await service(groups).deleteVolumeGroupSnapshot(DeleteVolumeGroupSnapshotRequest())
        }
        guard case .invalid("group_snapshot_id", _) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test func `looking one up wants its members' ids, and those alone`() async throws {
        let groups = RecordingGroups(try known())
        func get(_ id: String, _ members: [String]) async throws -> VolumeGroupSnapshot? {
            try await service(groups).getVolumeGroupSnapshot(
                GetVolumeGroupSnapshotRequest(groupSnapshotID: id, snapshotIDs: members)
            ).groupSnapshot
        }
        let members = ["prod:cephfs:csi:s-b", "prod:cephfs:csi:s-a"]
        #expect(try await get("prod:cephfs:csi:g1", members)?.snapshots.count == 2)
        for wrong in [[], [members[0]], members + ["prod:cephfs:csi:s-c"]] {
            let error = await refusal { _ = try await get("prod:cephfs:csi:g1", wrong) }
            guard case .invalid("snapshot_ids", let fix) = error else {
                Issue.record("\(wrong): \(String(describing: error))")
                continue
            }
            #expect(fix.contains("prod:cephfs:csi:s-a"))
        }
        for id in ["prod:cephfs:csi:g2", "nonsense"] {
            guard case .notFound = await refusal({ _ = try await get(id, members) }) else {
                Issue.record("\(id) was found")
                continue
            }
        }
    }

    @Test func `a process with a controller advertises the service, one without does not`() async throws {
        for offersController in [true, false] {
            let identity = CephFSIdentityService(
                driverName: "d",
                version: "1",
                offersController: offersController,
                impairment: { nil }
            )
            let answer = try await identity.getPluginCapabilities(GetPluginCapabilitiesRequest())
            let isOffered = answer.capabilities.contains { $0.type == .service(.init(type: .groupControllerService)) }
            #expect(isOffered == offersController)
        }
    }
}
