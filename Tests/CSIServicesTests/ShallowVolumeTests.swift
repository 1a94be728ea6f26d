import CSI
import Cryptography
import Testing
import Volumes

@testable import CSIServices

@Suite struct ShallowVolumeTests {
    private let clusters = FixedClusters(clusters: [Cluster(id: "prod", monitors: ["127.0.0.1:6789"])])

    private func controller(_ provisioner: RecordingProvisioner) -> CephFSControllerService {
        CephFSControllerService.sample(clusters, provisioner: provisioner)
    }

    private func request(_ change: (inout CreateVolumeRequest) -> Void = { _ in }) -> CreateVolumeRequest {
        createRequest {
            $0.parameters = ["backingSnapshot": "true"]
            $0.volumeCapabilities = [capability(.multiNodeReaderOnly)]
            $0.volumeContentSource = .init(type: .snapshot(.init(snapshotID: "prod:cephfs:csi:s1")))
            change(&$0)
        }
    }

    private func refusal(_ body: () async throws -> Void) async -> String? {
        do {
            try await body()
            return nil
        } catch VolumeError.invalid(let field, _) {
            return field
        } catch {
            return "\(error)"
        }
    }

    @Test func `a snapshot's view is asked for as such, and its context has no path`() async throws {
        let provisioner = RecordingProvisioner()
        let answer = try await controller(provisioner).createVolume(request())
        let context = try #require(answer.volume?.volumeContext)
        #expect(provisioner.created.map(\.isShallow) == [true])
        #expect(context["backingSnapshot"] == "true" && context["path"] == nil && context["credentials"] == "volume")
        let copy = try await controller(provisioner).createVolume(
            request { $0.parameters["backingSnapshot"] = "false" }
        )
        #expect(provisioner.created.map(\.isShallow) == [true, false])
        #expect(copy.volume?.volumeContext["backingSnapshot"] == nil && copy.volume?.volumeContext["path"] != nil)
    }

    @Test func `what does not fit is refused by its field`() async throws {
        let provisioner = RecordingProvisioner()
        func field(_ change: (inout CreateVolumeRequest) -> Void) async -> String? {
            await refusal { _ = try await controller(provisioner).createVolume(request(change)) }
        }
        #expect(await field { $0.volumeContentSource = nil } == "volume_content_source")
        #expect(
            await field { $0.volumeContentSource = .init(type: .volume(.init(volumeID: "prod:cephfs:csi:v"))) }
                == "volume_content_source"
        )
        #expect(
            await field { $0.volumeCapabilities.append(capability(.multiNodeMultiWriter)) }
                == "volume_capabilities[1].access_mode.mode"
        )
        #expect(await field { $0.parameters["credentials"] = "shared" } == "parameters[credentials]")
        #expect(await field { $0.parameters["backingSnapshot"] = "yes" } == "parameters[backingSnapshot]")
        #expect(await field { $0.mutableParameters = ["pin": "1"] } == "mutable_parameters")
        #expect(provisioner.created.isEmpty)
    }

    @Test func `publishing says where the content is`() async throws {
        let node = try NodeIdentity.sample()
        let answer = try await controller(RecordingProvisioner()).controllerPublishVolume(
            ControllerPublishVolumeRequest(
                volumeID: "prod:cephfs:csi:pvc-1",
                nodeID: node.description,
                volumeCapability: capability(.multiNodeReaderOnly),
                secrets: controllerSecrets,
                volumeContext: ["backingSnapshot": "true", "credentials": "volume"]
            )
        )
        #expect(answer.publishContext["path"] == "/volumes/csi/source/data")
        #expect(answer.publishContext["snapshot"] == "_s1_1099511627780")
        #expect(answer.publishContext["readOnly"] == "true")
    }

    @Test func `the node stages that snapshot, read-only, and no path that leads elsewhere`() async throws {
        let mounts = RecordingMounts()
        let identity = try NodeIdentity.sample()
        let service = CephFSNodeService(
            node: identity,
            clusters: clusters,
            mounts: mounts,
            open: OpenBox.open(for: identity)
        )
        let user = CephCredentials(user: "csi-volume-1", key: Secret(someKey))
        let sealed = try CredentialEnvelope.seal(
            user,
            volumeID: "prod:cephfs:csi:pvc-1",
            for: identity,
            with: OpenBox.seal
        )
        func stage(_ path: String, _ snapshot: String) async throws {
            _ = try await service.nodeStageVolume(
                stageRequest {
                    $0.volumeCapability = capability(.multiNodeReaderOnly)
                    $0.secrets = [:]
                    $0.volumeContext = ["backingSnapshot": "true", "credentials": "volume"]
                    $0.publishContext = ["credentials": sealed, "path": path, "snapshot": snapshot]
                }
            )
        }
        let retained = "/volumes/_retained/csi.\(String(repeating: "v", count: 100)).data/data"
        for path in ["/volumes/csi/source/data", retained] {
            try await stage(path, "_s1_1099511627780")
            let staged = try #require(mounts.staged.last)
            #expect(staged.path == path && staged.snapshot == "_s1_1099511627780" && staged.readOnly)
        }
        for path in [
            "", "/", "/volumes", "/volumes/csi/source", "/other/csi/source/data", "/volumes/csi/../x/data",
            "/volumes/_trash/a/b", "/volumesx/csi/source/data",
        ] {
            #expect(await refusal { try await stage(path, "_s1_1") } == "publish_context[path]", "\(path)")
        }
        for snapshot in ["", "s1", "_s1", "_s1_", "_s1_x", "_../.._1", "_a/b_1"] {
            #expect(
                await refusal { try await stage("/volumes/csi/source/data", snapshot) } == "publish_context[snapshot]",
                "\(snapshot)"
            )
        }
    }
}
