import CSI
import GRPCServer
import Testing
import Volumes

@testable import CSIServices

@Suite struct ControllerServiceTests {
    private let provisioner = RecordingProvisioner()
    private let clusters = FixedClusters(clusters: [Cluster(id: "prod", monitors: ["127.0.0.1:6789"])])

    private var service: CephFSControllerService {
        CephFSControllerService.sample(clusters, provisioner: provisioner)
    }

    private func refusal(_ change: (inout CreateVolumeRequest) -> Void) async -> VolumeError? {
        do {
            _ = try await service.createVolume(createRequest(change))
            return nil
        } catch {
            return error as? VolumeError
        }
    }

    @Test func `a volume is asked for where the configuration and the parameters say`() async throws {
        let response = try await service.createVolume(
            createRequest {
                $0.parameters = ["group": "team", "mode": "0750", "uid": "7", "csi.storage.k8s.io/pvc/name": "x"]
                $0.capacityRange = .init(requiredBytes: 1 << 20)
            }
        )
        let spec = try #require(provisioner.created.first)
        #expect(spec.id.description == "prod:cephfs:team:pvc-1")
        #expect(spec.properties == VolumeProperties(mode: 0o750, uid: 7))
        let volume = try #require(response.volume)
        #expect(volume.capacityBytes == 4 << 20)
        #expect(
            volume.volumeContext
                == [
                    "cluster": "prod", "filesystem": "cephfs", "path": "/volumes/team/pvc-1/data",
                    "credentials": "volume",
                ]
        )
    }

    @Test(
        arguments: [
            ("cluster", "nowhere"), ("group", "../up"), ("group", ""), ("mode", "999"), ("mode", "77777"),
            ("mode", "-1"),
            ("uid", "-1"), ("uid", "4294967295"), ("gid", "root"), ("mounter", "nfs"), ("credentials", "admin"),
            ("isolation", "pool"),
            ("dataPool", "a/b"), ("filesystem", "a b"), ("Mode", "0777"), ("clusterID", "prod"),
        ]
    )
    func `a wrong parameter is named`(name: String, value: String) async {
        guard case .invalid(let field, let fix) = await refusal({ $0.parameters = [name: value] }) else {
            Issue.record("parameters[\(name)]=\(value) was accepted")
            return
        }
        #expect(field == "parameters[\(name)]")
        #expect(!fix.isEmpty)
        #expect(provisioner.created.isEmpty)
    }

    @Test func `missing and malformed secrets are named and never quoted`() async {
        for (secrets, field) in [
            ([:], "secrets[adminID]"), (["adminID": "x"], "secrets[adminKey]"),
            (["adminID": "client.x", "adminKey": someKey], "secrets[adminID]"),
            (["adminID": "x", "adminKey": "not base64 at all"], "secrets[adminKey]"),
            (["userID": "x"], "secrets[userKey]"),
        ] as [([String: String], String)] {
            guard case .invalid(field, let fix) = await refusal({ $0.secrets = Redacted(secrets) }) else {
                Issue.record("\(secrets.keys) was not refused for \(field)")
                continue
            }
            #expect(!fix.contains("not base64 at all"))
        }
    }

    @Test func `what this version does not offer is refused, not ignored`() async {
        let refusals = [
            await refusal { $0.volumeContentSource = .init() },
            await refusal { $0.mutableParameters = ["pin": "north"] },
            await refusal { $0.mutableParameters = ["a": "b"] },
            await refusal { $0.volumeCapabilities = [VolumeCapability(accessType: .block(.init()))] },
            await refusal { $0.volumeCapabilities = [capability(fsType: "ext4")] },
            await refusal { $0.volumeCapabilities = [capability(.unknown)] },
            await refusal { $0.volumeCapabilities = [capability(.unrecognized(99))] },
        ]
        #expect(refusals.allSatisfy { if case .invalid = $0 { true } else { false } })
    }

    @Test func `names may hold any text but control characters`() async throws {
        for name in ["a", "with space", "日本語", "tab\there", String(repeating: "n", count: 128)] {
            _ = try await service.createVolume(createRequest { $0.name = name })
        }
        for name in ["", "bell\u{7}", "del\u{7f}", String(repeating: "n", count: 129)] {
            #expect(await refusal { $0.name = name } != nil)
        }
    }

    @Test func `deleting an id of no meaning succeeds without asking anyone`() async throws {
        for id in ["nonsense", "a:b:c", "prod:cephfs:csi:../other", String(repeating: "x", count: 500)] {
            _ = try await service.deleteVolume(DeleteVolumeRequest(volumeID: id))
        }
        #expect(provisioner.deleted.isEmpty)
    }

    @Test func `a deletion waits for nodes to be detached, short of the call's deadline`() async throws {
        let request = DeleteVolumeRequest(volumeID: "prod:cephfs:csi:pvc-1", secrets: controllerSecrets)
        for seconds in [0.5, 10, 600] {
            let context = RPCContext(method: "/csi.v1.Controller/DeleteVolume", deadline: .now + .seconds(seconds))
            _ = try await RPCContext.$current.withValue(context) { try await service.deleteVolume(request) }
        }
        #expect(provisioner.waited.count == 3 && provisioner.waited[0] == .zero)
        #expect(provisioner.waited[1] > .seconds(8) && provisioner.waited[1] <= .seconds(9))
        #expect(provisioner.waited[2] == .seconds(30))
    }

    @Test func `deleting a volume of a cluster that is not configured is refused, so that no data is forgotten`() async
    {
        await #expect(throws: VolumeError.self) {
            _ = try await service.deleteVolume(
                DeleteVolumeRequest(volumeID: "gone:cephfs:csi:pvc-1", secrets: controllerSecrets)
            )
        }
    }

    @Test func `capabilities are confirmed for a volume that exists, with everything the request named`() async throws {
        let id = try #require(VolumeID("prod:cephfs:csi:pvc-1"))
        let volume = Volumes.Volume(
            id: id,
            requestName: "pvc-1",
            capacity: nil,
            dataPath: "/volumes/csi/pvc-1/data",
            properties: VolumeProperties()
        )
        let service = CephFSControllerService.sample(
            clusters,
            naming: VolumeNaming { $0 },
            provisioner: RecordingProvisioner(known: volume)
        )
        var request = ValidateVolumeCapabilitiesRequest(
            volumeID: id.description,
            volumeContext: ["path": volume.dataPath],
            volumeCapabilities: [capability()],
            secrets: controllerSecrets
        )
        let confirmed = try #require(try await service.validateVolumeCapabilities(request).confirmed)
        #expect(confirmed.volumeCapabilities == request.volumeCapabilities)
        #expect(confirmed.volumeContext == request.volumeContext)

        request.volumeContext = ["path": "/elsewhere"]
        let refused = try await service.validateVolumeCapabilities(request)
        #expect(refused.confirmed == nil)
        #expect(refused.message.contains("volume_context[path]"))

        request.volumeID = "prod:cephfs:csi:other"
        await #expect(throws: VolumeError.self) { _ = try await service.validateVolumeCapabilities(request) }
    }
}
