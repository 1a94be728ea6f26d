import CSI
import Volumes

/// What a request must be like for a shallow volume (StorageClass parameter `backingSnapshot`).
enum ShallowVolumes {
    /// - Throws: ``VolumeError/invalid(field:fix:)`` naming what does not fit.
    static func check(_ request: CreateVolumeRequest, _ parameters: VolumeParameters) throws {
        let name = VolumeParameters.Key.backingSnapshot.rawValue
        guard case .snapshot = request.volumeContentSource?.type else {
            throw VolumeError.invalid(
                field: "volume_content_source",
                fix:
                    "must be a snapshot: with the parameter \(name) this is a shallow volume (a claim's dataSource "
                    + "of the kind VolumeSnapshot)"
            )
        }
        guard parameters.credentials != .shared else {
            throw VolumeError.invalid(
                field: "parameters[credentials]",
                fix:
                    "must be volume or node with \(name): only the volume's own user may read the snapshot's volume"
            )
        }
        guard try MutableParameters.changes(request.mutableParameters).isEmpty else {
            throw VolumeError.invalid(
                field: "mutable_parameters",
                fix: "must be empty with the parameter \(name): the volume has no data of its own"
            )
        }
        try checkReadOnly(request.volumeCapabilities)
    }

    /// - Throws: ``VolumeError/invalid(field:fix:)`` for a capability that would write.
    static func checkReadOnly(_ capabilities: [VolumeCapability]) throws {
        for (index, capability) in capabilities.enumerated() {
            let field = "volume_capabilities[\(index)]"
            guard try VolumeCapabilities.usage(capability, field).readOnly else {
                throw VolumeError.invalid(
                    field: "\(field).access_mode.mode",
                    fix:
                        "must be MULTI_NODE_READER_ONLY or SINGLE_NODE_READER_ONLY (accessModes: ReadOnlyMany): a "
                        + "shallow volume is read-only"
                )
            }
        }
    }
}
