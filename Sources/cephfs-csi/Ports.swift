import Configuration
import Logging
import Volumes

/// The domain's ports and what implements them, by role: what makes volumes is made for the controller only, what
/// mounts them for the node only, so that a node never loads libcephfs.
struct Ports: Sendable {
    /// Makes volumes; nil in the role node.
    let provisioner: (any VolumeProvisioner)?
    /// Mounts volumes; nil in the role controller.
    let mounts: (any NodeMounts)?
    /// Leads from CSI names to volume ids.
    let naming = VolumeNaming { name in name }

    init(_ options: ServeOptions, clusters: LiveConfiguration, logger: Logger) throws {
        provisioner = nil
        mounts = nil
    }

    /// Why one of the ports can't work at the moment; nil when all can.
    var impairment: String? { provisioner?.impairment ?? mounts?.impairment }
}
