import CSI
import Volumes

extension CephFSNodeService {
    /// Says how large a mounted volume is. There is nothing to grow on a node: the controller has set the quota, and
    /// clients see that within seconds.
    public func nodeExpandVolume(_ request: NodeExpandVolumeRequest) async throws -> NodeExpandVolumeResponse {
        let volumeID = try volumeID(request.volumeID)
        if let capability = request.volumeCapability {
            _ = try VolumeCapabilities.usage(capability, "volume_capability")
        }
        _ = try Volumes.CapacityRange(request.capacityRange)
        let found = try await statistics(volumeID: volumeID, path: request.volumePath)
        guard let usage = found.usage else {
            throw VolumeError.unavailable("volume_path: the size can't be read: \(found.condition.message)")
        }
        return NodeExpandVolumeResponse(capacityBytes: usage.totalBytes)
    }
}
