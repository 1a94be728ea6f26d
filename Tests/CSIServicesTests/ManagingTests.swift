import CSI
import Testing
import Volumes

@testable import CSIServices

@Suite struct ManagingTests {
    let clusters = FixedClusters(clusters: [Cluster(id: "prod", monitors: ["127.0.0.1:6789"])])
    static let volume = "prod:cephfs:csi:pvc-1"

    func service(
        _ manager: RecordingManager = RecordingManager(),
        _ clusters: FixedClusters? = nil
    ) -> CephFSControllerService {
        CephFSControllerService.sample(clusters ?? self.clusters, manager: manager)
    }

    func refusal(_ body: () async throws -> Void) async -> VolumeError? {
        do {
            try await body()
            return nil
        } catch {
            return error as? VolumeError
        }
    }

    func details(_ name: String = "pvc-1") throws -> VolumeDetails {
        let id = try #require(VolumeID(cluster: "prod", filesystem: "cephfs", group: "csi", volume: name))
        return VolumeDetails(
            volume: Volume(
                id: id,
                requestName: name,
                capacity: Capacity(bytes: 8 << 20),
                dataPath: "/volumes/csi/\(name)/data",
                properties: VolumeProperties()
            ),
            nodes: ["n1:key"],
            condition: VolumeCondition(isAbnormal: true, message: "ill")
        )
    }

    @Test func `growing asks for the range and leaves nothing to the node`() async throws {
        let manager = RecordingManager()
        let response = try await service(manager).controllerExpandVolume(
            ControllerExpandVolumeRequest(
                volumeID: Self.volume,
                capacityRange: .init(requiredBytes: 5 << 20),
                secrets: controllerSecrets
            )
        )
        #expect(response.capacityBytes == 8 << 20 && !response.nodeExpansionRequired)
        #expect(manager.expanded.map(\.required) == [5 << 20])
    }

    @Test func `what can't be done with a static volume says that it is one`() async throws {
        let service = service()
        let node = try NodeIdentity.sample()
        let handle = "shared data, by hand"
        let calls: [(String, () async throws -> Void)] = [
            (
                "volume_id",
                {
                    _ = try await service.controllerExpandVolume(
                        .init(volumeID: handle, capacityRange: .init(requiredBytes: 1), secrets: controllerSecrets)
                    )
                }
            ),
            (
                "volume_id",
                { _ = try await service.controllerModifyVolume(.init(volumeID: handle, secrets: controllerSecrets)) }
            ),
            (
                "source_volume_id",
                {
                    _ = try await service.createSnapshot(
                        .init(sourceVolumeID: handle, name: "s", secrets: controllerSecrets)
                    )
                }
            ),
            (
                "volume_content_source.volume.volume_id",
                {
                    _ = try await service.createVolume(
                        createRequest {
                            $0.volumeContentSource = .init(type: .volume(.init(volumeID: handle)))
                        }
                    )
                }
            ),
        ]
        for (field, call) in calls {
            guard case .notFound(let text) = await refusal(call) else {
                Issue.record("\(field) is not NOT_FOUND")
                continue
            }
            #expect(text.hasPrefix(field) && text.contains("if it is a static volume:"), "\(text)")
        }
        // Once it is attached it is known to be one.
        try await attachStatic(handle, to: node, service)
        for (field, call) in calls {
            guard case .invalid(field, let fix) = await refusal(call) else {
                Issue.record("\(field) is not INVALID_ARGUMENT")
                continue
            }
            #expect(fix.contains("is a static volume"), "\(fix)")
        }
    }

    func attachStatic(
        _ handle: String,
        to node: NodeIdentity,
        _ service: CephFSControllerService
    ) async throws {
        _ = try await service.controllerPublishVolume(
            ControllerPublishVolumeRequest(
                volumeID: handle,
                nodeID: node.description,
                volumeCapability: capability(.multiNodeMultiWriter),
                volumeContext: ["static": "true", "path": "/data"]
            )
        )
    }

    @Test func `static volumes whose handles only look alike are two`() async throws {
        let service = service()
        let node = try NodeIdentity.sample()
        let handles = ["caf\u{E9}", "cafe\u{301}", "\u{301}x"]
        for handle in handles {
            try await attachStatic(handle, to: node, service)
        }
        var token = ""
        var listed: [[UInt8]] = []
        repeat {
            let page = try await service.listVolumes(ListVolumesRequest(maxEntries: 1, startingToken: token))
            listed += page.entries.compactMap(\.volume).map { Array($0.volumeID.utf8) }
            token = page.nextToken
        } while !token.isEmpty && listed.count < 10
        #expect(Set(listed) == Set(handles.map { Array($0.utf8) }))
        #expect(listed.count == 3)
    }

    @Test(arguments: ["capacity_range", "volume_id", "secrets[adminID]"])
    func `growing without what it needs names the field`(field: String) async throws {
        var request = ControllerExpandVolumeRequest(
            volumeID: Self.volume,
            capacityRange: .init(requiredBytes: 5 << 20),
            secrets: controllerSecrets
        )
        switch field {
        case "capacity_range": request.capacityRange = nil
        case "volume_id": request.volumeID = ""
        default: request.secrets = [:]
        }
        let service = service()
        let error = await refusal { _ = try await service.controllerExpandVolume(request) }
        guard case .invalid(field, _) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test(arguments: [true, false])
    func `a change without secrets is made as the configuration's user, where it names one`(named: Bool) async throws {
        let manager = RecordingManager()
        var cluster = Cluster(id: "prod", monitors: ["127.0.0.1:6789"])
        if named { (cluster.user, cluster.keyFile) = ("csi-provisioner", "/etc/key") }
        let service = service(manager, FixedClusters(clusters: [cluster]))
        let error = await refusal {
            _ = try await service.controllerExpandVolume(
                ControllerExpandVolumeRequest(volumeID: Self.volume, capacityRange: .init(requiredBytes: 5 << 20))
            )
            _ = try await service.controllerModifyVolume(ControllerModifyVolumeRequest(volumeID: Self.volume))
        }
        if named {
            #expect(error == nil && manager.changers == [nil, nil])
        } else {
            guard case .invalid("secrets[adminID]", _) = error else {
                Issue.record("\(String(describing: error))")
                return
            }
        }
    }

    @Test(arguments: ["nonsense", "gone:cephfs:csi:v", "prod:cephfs:..:v"])
    func `an id that can't be one of ours is not found`(id: String) async throws {
        let service = service()
        let errors = [
            await refusal {
                _ = try await service.controllerExpandVolume(
                    ControllerExpandVolumeRequest(volumeID: id, capacityRange: .init(requiredBytes: 1))
                )
            },
            await refusal {
                _ = try await service.controllerModifyVolume(ControllerModifyVolumeRequest(volumeID: id))
            },
            await refusal { _ = try await service.controllerGetVolume(ControllerGetVolumeRequest(volumeID: id)) },
        ]
        for error in errors {
            guard case .notFound = error else {
                Issue.record("\(String(describing: error))")
                return
            }
        }
    }

    @Test func `mutable parameters become changes`() async throws {
        let manager = RecordingManager()
        _ = try await service(manager).controllerModifyVolume(
            ControllerModifyVolumeRequest(
                volumeID: Self.volume,
                secrets: controllerSecrets,
                mutableParameters: ["maxFiles": "0", "dataPool": "fast", "pin": "-1", "csi.storage.k8s.io/x": "y"]
            )
        )
        #expect(manager.modified == [VolumeChanges(maximumFiles: 0, dataPool: "fast", pin: -1)])
    }

    @Test(
        arguments: [
            ("maxFiles", "-1"), ("maxFiles", ""), ("maxFiles", "1e3"), ("maxFiles", "9223372036854775808"),
            ("maxFiles", "+1"), ("pin", "256"), ("pin", "-2"), ("pin", "--1"), ("pin", "-"), ("dataPool", ""),
            ("dataPool", "a/b"), ("tier", "gold"),
        ]
    )
    func `a wrong mutable parameter is named`(name: String, value: String) async throws {
        let service = service()
        let request = ControllerModifyVolumeRequest(
            volumeID: Self.volume,
            secrets: controllerSecrets,
            mutableParameters: [name: value]
        )
        let error = await refusal { _ = try await service.controllerModifyVolume(request) }
        guard case .invalid("mutable_parameters[\(name)]", _) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test func `a volume is made with its mutable parameters, which take precedence over the parameters`() async throws
    {
        let (manager, provisioner) = (RecordingManager(), RecordingProvisioner())
        let service = CephFSControllerService.sample(clusters, provisioner: provisioner, manager: manager)
        _ = try await service.createVolume(
            createRequest {
                $0.parameters["dataPool"] = "slow"
                $0.mutableParameters = ["maxFiles": "5", "dataPool": "fast"]
            }
        )
        _ = try await service.createVolume(createRequest())
        #expect(provisioner.created.map(\.changes.maximumFiles) == [5, nil])
        #expect(provisioner.created.map(\.properties.dataPool) == ["fast", nil])
        #expect(manager.modified.isEmpty)
    }
}
