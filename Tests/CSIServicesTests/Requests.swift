import CSI

/// A syntactically valid cephx key that belongs to nobody.
let someKey = "AQBQ1sFmAAAAABAAxJv0vC6rFj5u0oQbZ3nO0g=="
let controllerSecrets: Redacted<[String: String]> = ["adminID": "csi-provisioner", "adminKey": someKey]
let nodeSecrets: Redacted<[String: String]> = ["userID": "csi-node", "userKey": someKey]

func capability(
    _ mode: VolumeCapability.AccessMode.Mode = .multiNodeMultiWriter,
    fsType: String = "",
    flags: [String] = []
) -> VolumeCapability {
    VolumeCapability(
        accessType: .mount(.init(fsType: fsType, mountFlags: flags)),
        accessMode: .init(mode: mode)
    )
}

/// A request that succeeds until a test spoils it.
func createRequest(_ change: (inout CreateVolumeRequest) -> Void = { _ in }) -> CreateVolumeRequest {
    var request = CreateVolumeRequest(name: "pvc-1", volumeCapabilities: [capability()], secrets: controllerSecrets)
    change(&request)
    return request
}

/// A request that succeeds until a test spoils it.
func stageRequest(_ change: (inout NodeStageVolumeRequest) -> Void = { _ in }) -> NodeStageVolumeRequest {
    var request = NodeStageVolumeRequest(
        volumeID: "prod:cephfs:csi:pvc-1",
        stagingTargetPath: "/var/lib/kubelet/stage",
        volumeCapability: capability(),
        secrets: nodeSecrets,
        volumeContext: ["cluster": "prod", "filesystem": "cephfs", "path": "/volumes/csi/pvc-1/data"]
    )
    change(&request)
    return request
}
