import CSI
import Testing
import Volumes

@testable import CSIServices

@Suite struct NodeServiceTests {
    private let mounts = RecordingMounts()
    private let node: NodeIdentity

    init() throws { node = try .sample() }

    private var service: CephFSNodeService {
        let cluster = Cluster(id: "prod", monitors: ["127.0.0.1:6789"], mounter: .fuse, mountOptions: ["noatime"])
        return CephFSNodeService(
            node: node,
            clusters: FixedClusters(clusters: [cluster]),
            mounts: mounts,
            open: OpenBox.open(for: node)
        )
    }

    private func refusal(_ change: (inout NodeStageVolumeRequest) -> Void) async -> VolumeError? {
        do {
            _ = try await service.nodeStageVolume(stageRequest(change))
            return nil
        } catch {
            return error as? VolumeError
        }
    }

    @Test func `a volume is staged from its context, with the cluster's options before the request's`() async throws {
        _ = try await service.nodeStageVolume(
            stageRequest { $0.volumeCapability = capability(.multiNodeReaderOnly, flags: ["noexec"]) }
        )
        let staged = try #require(mounts.staged.first)
        #expect(staged.path == "/volumes/csi/pvc-1/data")
        #expect(staged.options == ["noatime", "noexec"])
        #expect(staged.readOnly)
        #expect(staged.mounter == .fuse)
        #expect(staged.credentials.user == "csi-node")
    }

    @Test(
        arguments: [
            "/", "", "relative", "/volumes/csi/pvc-1", "/volumes/csi/pvc-1/", "/volumes/csi/pvc-2/data",
            "/volumes/csi/pvc-1/../x",
            "/volumes/csi/pvc-1/.meta", "/volumes/csi/pvc-1/data/deeper", "//volumes/csi/pvc-1/data",
            "/volumes/csi/pvc-1/../\u{338}x", "/volumes/csi/pvc-1/\u{338}", "/volumes/csi/pvc-1/data/\u{301}",
        ]
    )
    func `a context that leads out of the volume is refused`(path: String) async {
        guard case .invalid("volume_context[path]", _) = await refusal({ $0.volumeContext["path"] = path }) else {
            Issue.record("\(path) was not refused")
            return
        }
        #expect(mounts.staged.isEmpty)
    }

    @Test func `a static volume has any id and any path but the root`() async throws {
        let context = ["static": "true", "cluster": "prod", "path": "/data/shared"]
        _ = try await service.nodeStageVolume(
            stageRequest {
                $0.volumeID = "shared data, by hand"
                $0.volumeContext = context
            }
        )
        #expect(mounts.staged.first?.path == "/data/shared")
        for path in [
            "/", "//", "/a/../..", "data", "/a/", "/a/./b", "/a/../\u{338}b", "/a/.\u{2F}\u{301}",
            "/a/\u{301}/../\u{301}",
        ] {
            let refused = await refusal {
                $0.volumeID = "by hand"
                $0.volumeContext = context.merging(["path": path]) { $1 }
            }
            #expect(refused != nil, "\(path) was accepted")
        }
    }

    @Test func `each client's options come from the context behind the cluster's`() async throws {
        let labels = #"rbytes, context="a,b" "#
        _ = try await service.nodeStageVolume(
            stageRequest {
                $0.volumeContext["kernelMountOptions"] = labels
                $0.volumeContext["fuseMountOptions"] = "client_oc_size=1048576,max_read=131072"
            }
        )
        #expect(mounts.staged.first?.kernelOptions == ["rbytes", #"context="a,b""#])
        #expect(mounts.staged.first?.fuseOptions == ["client_oc_size=1048576", "max_read=131072"])
        for (key, value) in [
            ("kernelMountOptions", "secret=QUJD"), ("fuseMountOptions", "a,,b"), ("fuseMountOptions", "a b"),
            ("kernelMountOptions", ","),
        ] {
            let error = await refusal { $0.volumeContext[key] = value }
            guard case .invalid("volume_context[\(key)]", let fix) = error else {
                Issue.record("\(value) was not refused")
                continue
            }
            #expect(!fix.contains("QUJD"))
        }
    }

    @Test(arguments: [
        "rootPath", "fsName", "clusterID", "staticVolume", "Path", "backingSnapshot", "PATH", "monitors", "",
    ])
    func `a key that has no meaning for a static volume is refused by its name`(key: String) async {
        let refused = await refusal {
            $0.volumeID = "by hand"
            $0.volumeContext = ["static": "true", "path": "/data", key: "x"]
        }
        guard case .invalid("volume_context[\(key)]", _) = refused else {
            Issue.record("\(key): \(String(describing: refused))")
            return
        }
    }

    @Test func `keys of Kubernetes and other programs are left alone`() async {
        let refused = await refusal {
            $0.volumeID = "by hand"
            $0.volumeContext = [
                "static": "true", "path": "/data", "storage.kubernetes.io/csiProvisionerIdentity": "x",
                "csi.storage.k8s.io/pod.name": "y", "example.com/note": "z",
            ]
        }
        #expect(refused == nil)
    }

    @Test func `an id that this plugin can't have issued names no volume`() async {
        guard case .notFound(let message) = await refusal({ $0.volumeID = "by hand" }) else {
            Issue.record("not NOT_FOUND")
            return
        }
        #expect(message.contains("volume_context[static]"))
    }

    @Test func `publishing needs a staged volume and passes on what the capability says`() async throws {
        var request = NodePublishVolumeRequest(
            volumeID: "prod:cephfs:csi:pvc-1",
            targetPath: "/pods/1/mount",
            volumeCapability: capability(.singleNodeSingleWriter)
        )
        let error = await #expect(throws: VolumeError.self) { _ = try await service.nodePublishVolume(request) }
        guard case .preconditionFailed = error else {
            Issue.record("not FAILED_PRECONDITION: \(String(describing: error))")
            return
        }
        request.stagingTargetPath = "/stage"
        request.readonly = true
        _ = try await service.nodePublishVolume(request)
        let published = try #require(mounts.published.first)
        #expect(published.exclusive)
        #expect(published.readOnly)
    }

    @Test func `statistics are bytes and inodes`() async throws {
        let response = try await service.nodeGetVolumeStats(.init(volumeID: "v", volumePath: "/p"))
        #expect(response.volumeCondition == .init(abnormal: false, message: "well"))
        let usage = response.usage
        #expect(usage.map(\.unit) == [.bytes, .inodes])
        #expect(usage[0].total == 10)
        #expect(usage[0].used == 4)
        #expect(usage[0].available == 6)
        #expect(usage[1].used == 3)
    }

    @Test func `growing is the controller's: the node says how large the volume is`() async throws {
        let request = NodeExpandVolumeRequest(volumeID: "v", volumePath: "/p", capacityRange: .init(requiredBytes: 10))
        #expect(try await service.nodeExpandVolume(request).capacityBytes == 10)
    }

    @Test func `node paths are absolute and below the root`() async {
        let marked = ["/a/../\u{338}b", "/\u{301}/..", "/../\u{FE0F}"]
        for path in ["", "/", "relative", "/a/../b", "/" + String(repeating: "p", count: 4100)] + marked {
            #expect(await refusal { $0.stagingTargetPath = path } != nil, "\(path.prefix(20)) was accepted")
        }
    }
}
