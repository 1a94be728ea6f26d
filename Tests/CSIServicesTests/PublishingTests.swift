import CSI
import Testing
import Volumes

@testable import CSIServices

/// ControllerPublishVolume and what a node makes of its answer.
@Suite struct PublishingTests {
    private let issuer = RecordingIssuer()
    private let mounts = RecordingMounts()
    private let node: NodeIdentity
    private let clusters = FixedClusters(clusters: [Cluster(id: "prod", monitors: ["127.0.0.1:6789"])])

    init() throws { node = try .sample() }

    private var controller: CephFSControllerService {
        CephFSControllerService.sample(clusters, naming: VolumeNaming { $0 }, issuer: issuer)
    }

    private func nodeService(_ node: NodeIdentity) -> CephFSNodeService {
        CephFSNodeService(node: node, clusters: clusters, mounts: mounts, open: OpenBox.open(for: node))
    }

    private func publish(
        _ mode: String? = "volume",
        _ change: (inout ControllerPublishVolumeRequest) -> Void = { _ in }
    ) async throws -> [String: String] {
        var request = ControllerPublishVolumeRequest(
            volumeID: "prod:cephfs:csi:pvc-1",
            nodeID: node.description,
            volumeCapability: capability(),
            secrets: controllerSecrets,
            volumeContext: ["cluster": "prod", "filesystem": "cephfs", "path": "/volumes/csi/pvc-1/data"]
        )
        request.volumeContext["credentials"] = mode
        change(&request)
        return try await controller.controllerPublishVolume(request).publishContext
    }

    private func staging(_ context: [String: String], mode: String? = "volume", volume: String = "pvc-1")
        -> NodeStageVolumeRequest
    {
        stageRequest {
            $0.volumeID = "prod:cephfs:csi:\(volume)"
            $0.publishContext = context
            $0.secrets = [:]
            $0.volumeContext["path"] = "/volumes/csi/\(volume)/data"
            $0.volumeContext["credentials"] = mode
        }
    }

    private func error(_ body: () async throws -> Void) async -> VolumeError? {
        do {
            try await body()
            return nil
        } catch {
            return error as? VolumeError
        }
    }

    @Test func `the node that a volume is published to mounts it as the volume's user`() async throws {
        let context = try await publish()
        #expect(issuer.admitted.map(\.node) == ["n1"])
        #expect(issuer.admitted.map(\.mode) == [.volume])
        #expect(!context.description.contains(someKey), "the CO stores the context in the clear")
        _ = try await nodeService(node).nodeStageVolume(staging(context))
        #expect(mounts.staged.map(\.credentials) == [issuer.user])
    }

    @Test func `what was sealed for one node and volume is of no use to another`() async throws {
        let context = try await publish()
        for other in [try NodeIdentity.sample("n2"), try NodeIdentity.sample("n1", key: 2)] {
            let refused = await error { _ = try await nodeService(other).nodeStageVolume(staging(context)) }
            guard case .preconditionFailed = refused else {
                Issue.record("\(other.name) opened it: \(String(describing: refused))")
                continue
            }
        }
        let refused = await error { _ = try await nodeService(node).nodeStageVolume(staging(context, volume: "pvc-2")) }
        guard case .preconditionFailed(let message) = refused else {
            Issue.record("it was opened for another volume")
            return
        }
        #expect(message.contains("another volume"))
        #expect(mounts.staged.isEmpty)
    }

    @Test func `a stage without the context says that the volume must be attached`() async {
        let refused = await error { _ = try await nodeService(node).nodeStageVolume(staging([:])) }
        guard case .preconditionFailed(let message) = refused else {
            Issue.record("not FAILED_PRECONDITION")
            return
        }
        #expect(message.contains("attachRequired"))
    }

    @Test func `readers get a user that only reads, and their nodes mount read-only`() async throws {
        let contexts = [
            try await publish { $0.readonly = true },
            try await publish { $0.volumeCapability = capability(.multiNodeReaderOnly) },
        ]
        #expect(issuer.admitted.map(\.readOnly) == [true, true])
        for context in contexts { _ = try await nodeService(node).nodeStageVolume(staging(context)) }
        #expect(mounts.staged.map(\.readOnly) == [true, true])
        _ = try await nodeService(node).nodePublishVolume(
            NodePublishVolumeRequest(
                volumeID: "prod:cephfs:csi:pvc-1",
                publishContext: contexts[0],
                stagingTargetPath: "/stage",
                targetPath: "/target",
                volumeCapability: capability()
            )
        )
        #expect(mounts.published.map(\.readOnly) == [true])
    }

    @Test func `an access mode for one node is passed on`() async throws {
        for (mode, single) in [
            (.singleNodeWriter, true), (.singleNodeSingleWriter, true), (.multiNodeMultiWriter, false),
            (.multiNodeReaderOnly, false),
        ] as [(VolumeCapability.AccessMode.Mode, Bool)] {
            _ = try await publish { $0.volumeCapability = capability(mode) }
            #expect(issuer.admitted.last?.singleNode == single, "\(mode)")
        }
    }

    @Test func `with the shared user nothing is sealed`() async throws {
        for mode in [nil, "shared"] {
            #expect(try await publish(mode).isEmpty)
            #expect(issuer.admitted.last?.mode == .shared)
        }
    }

    @Test func `a static volume is published without secrets and to this plugin's nodes only`() async throws {
        let static_ = ["static": "true", "cluster": "prod", "path": "/data/shared"]
        let context = try await publish {
            $0.volumeID = "by hand"
            $0.volumeContext = static_
            $0.secrets = [:]
        }
        #expect(context.isEmpty)
        #expect(issuer.admitted.isEmpty)
        let refused = await error {
            _ = try await publish {
                $0.volumeID = "by hand"
                $0.volumeContext = static_.merging(["credentials": "volume"]) { $1 }
            }
        }
        guard case .invalid("volume_context[credentials]", _) = refused else {
            Issue.record("\(String(describing: refused))")
            return
        }
    }

    @Test func `what is missing or unknown is said in the code that the spec has for it`() async {
        let invalid = [
            await error { _ = try await publish { $0.volumeID = "" } },
            await error { _ = try await publish { $0.nodeID = "" } },
            await error { _ = try await publish { $0.volumeCapability = nil } },
            await error { _ = try await publish { $0.secrets = [:] } },
            await error { _ = try await publish("everybody") },
            await error { _ = try await publish { $0.secrets.exposed["fencerID"] = "fencer" } },
        ]
        #expect(invalid.allSatisfy { if case .invalid = $0 { true } else { false } }, "\(invalid)")
        let unknown = [
            await error { _ = try await publish { $0.volumeID = "nonsense" } },
            await error { _ = try await publish { $0.volumeID = "other:cephfs:csi:pvc-1" } },
            await error { _ = try await publish { $0.nodeID = "n1" } },
        ]
        #expect(unknown.allSatisfy { if case .notFound = $0 { true } else { false } }, "\(unknown)")
        #expect(issuer.admitted.isEmpty)
    }

    /// As csi-attacher reads it: volume handle to the ids of its nodes.
    private func published(_ service: CephFSControllerService, limit: Int32 = 0) async throws -> [String: [String]] {
        var published: [String: [String]] = [:]
        var token = ""
        repeat {
            let page = try await service.listVolumes(ListVolumesRequest(maxEntries: limit, startingToken: token))
            for entry in page.entries { published[entry.volume?.volumeID ?? ""] = entry.status?.publishedNodeIDs }
            token = page.nextToken
        } while !token.isEmpty
        return published
    }

    @Test(arguments: [0, 1, 2] as [Int32])
    func `the list confirms static volumes to the attacher, page by page`(limit: Int32) async throws {
        let service = controller
        let other = try NodeIdentity.sample("n2", key: 2)
        func publish(_ handle: String, _ node: NodeIdentity) async throws {
            let request = ControllerPublishVolumeRequest(
                volumeID: handle,
                nodeID: node.description,
                volumeCapability: capability(),
                volumeContext: ["static": "true", "cluster": "prod", "path": "/data/\(handle)"]
            )
            _ = try await service.controllerPublishVolume(request)
        }
        for handle in ["a", "b", "prod:cephfs:csi:looks-like-one"] { try await publish(handle, node) }
        try await publish("a", other)
        var expected = [
            "a": [node.description, other.description].sorted(), "b": [node.description],
            "prod:cephfs:csi:looks-like-one": [node.description],
        ]
        #expect(try await published(service, limit: limit) == expected)
        // A node that was set up anew has another key: the list must not confirm the old one.
        let renewed = try NodeIdentity.sample("n2", key: 3)
        try await publish("a", renewed)
        expected["a"] = [node.description, renewed.description].sorted()
        #expect(try await published(service, limit: limit) == expected)
        for handle in ["b", "prod:cephfs:csi:looks-like-one"] {
            _ = try await service.controllerUnpublishVolume(.init(volumeID: handle, nodeID: node.description))
            expected[handle] = nil
        }
        _ = try await service.controllerUnpublishVolume(.init(volumeID: "a", nodeID: other.description))
        expected["a"] = [node.description]
        #expect(try await published(service, limit: limit) == expected)
        let shown = try await service.controllerGetVolume(ControllerGetVolumeRequest(volumeID: "a"))
        #expect(shown.status?.publishedNodeIDs == expected["a"])
    }

    @Test func `no more static volumes are remembered than there is room for`() throws {
        let statics = StaticAttachments(limit: 2)
        for handle in ["a", "b", "c"] { statics.published(handle, to: node, context: [:]) }
        statics.published("a", to: try .sample("n2"), context: [:])
        #expect(statics.entries(after: nil, limit: 9).entries.map(\.handle) == ["a", "b"])
        #expect(statics.entry("a")?.nodes.count == 2)
    }

    @Test func `unpublishing hands on the node's whole id: its key tells it from others of its name`() async throws {
        let other = try NodeIdentity.sample("n1", key: 9)
        for (nodeID, name) in [
            (node.description, node.description), (other.description, other.description),
            ("old-style", "old-style"), ("", nil),
        ]
            as [(String, String?)]
        {
            _ = try await controller.controllerUnpublishVolume(
                .init(volumeID: "prod:cephfs:csi:pvc-1", nodeID: nodeID, secrets: controllerSecrets)
            )
            #expect(issuer.dismissed.last?.node == name)
        }
        _ = try await controller.controllerUnpublishVolume(.init(volumeID: "by hand", nodeID: "n1"))
        #expect(issuer.dismissed.count == 4, "there is nothing to strike off a static volume")
    }

    @Test func `a key that nothing can be sealed to is refused before anything is written down`() async throws {
        let controller = CephFSControllerService.sample(clusters, naming: VolumeNaming { $0 }, issuer: issuer) { _, _ in
            nil
        }
        let refused = await error {
            _ = try await controller.controllerPublishVolume(
                ControllerPublishVolumeRequest(
                    volumeID: "prod:cephfs:csi:pvc-1",
                    nodeID: node.description,
                    volumeCapability: capability(),
                    secrets: controllerSecrets,
                    volumeContext: ["credentials": "volume"]
                )
            )
        }
        guard case .invalid(let field, _) = refused else {
            Issue.record("\(refused.map { "\($0)" } ?? "no error")")
            return
        }
        #expect(field == "node_id" && issuer.admitted.isEmpty)
    }

    @Test func `the fencer comes with the secrets`() async throws {
        _ = try await publish("node") {
            $0.secrets.exposed["fencerID"] = "fencer"
            $0.secrets.exposed["fencerKey"] = someKey
        }
        _ = try await publish()
        #expect(issuer.fencing == ["fencer", nil])
    }

    @Test func `publishing on the node brings what healing a dead stage takes, where the call has it`() async throws {
        var request = NodePublishVolumeRequest(
            volumeID: "prod:cephfs:csi:pvc-1",
            publishContext: try await publish(),
            stagingTargetPath: "/stage",
            targetPath: "/target",
            volumeCapability: capability(),
            volumeContext: staging([:]).volumeContext
        )
        _ = try await nodeService(node).nodePublishVolume(request)
        let restage = try #require(mounts.published.last?.restage())
        #expect(restage.stagingPath == "/stage")
        #expect(restage.credentials == issuer.user)
        request.publishContext = [:]
        _ = try await nodeService(node).nodePublishVolume(request)
        #expect(mounts.published.last?.restage() == nil)
    }
}
