import CephVolumes
import Configuration
import Cryptography
import Logging
import Mounting
import Volumes

/// The domain's ports and what implements them, by role: what makes volumes is made for the controller only, what
/// mounts them for the node only, so that a node never loads libcephfs.
struct Ports: Sendable {
    /// Makes volumes; nil in the role node.
    let provisioner: CephVolumeProvisioner?
    /// Makes the users that nodes mount volumes with; nil in the role node.
    let issuer: CephCredentialIssuer?
    /// MountProbes at volumes and changes them; nil in the role node.
    let manager: CephVolumeManager?
    /// Takes and removes snapshots; nil in the role node.
    let snapshots: CephSnapshotManager?
    /// Takes and removes group snapshots; nil in the role node.
    let groupSnapshots: CephGroupSnapshotManager?
    /// Mounts volumes; nil in the role controller.
    let mounts: LinuxNodeMounts?
    /// Leads from CSI names to volume ids.
    let naming = VolumeNaming(digest: SHA256.hex)

    private let backend: CephBackend?

    init(_ options: ServeOptions, clusters: LiveConfiguration, logger: Logger) {
        backend = options.role.offersController ? Self.backend(options, clusters, logger) : nil
        provisioner = backend?.provisioner
        manager = backend?.manager
        snapshots = backend?.snapshots
        groupSnapshots = backend?.groupSnapshots
        issuer = backend?.issuer
        mounts = options.role.offersNode ? Self.mounts(options, logger) : nil
    }

    /// Loads what the first request would have to wait for, so that Probe knows early whether it is there, and clears
    /// away what earlier versions left on the node.
    func open() async {
        async let cleared: Void? = mounts?.prepare()
        await backend?.open()
        _ = await cleared
    }

    /// Ends what would leave something behind on Ceph; mounts stay, pods use them.
    ///
    /// - Parameter patience: how long mounts that are given up have to come up and end.
    func close(patience: Duration) async {
        await mounts?.close(patience: patience)
        await backend?.close()
    }

    /// Why one of the ports can't work at the moment; nil when all can.
    var impairment: String? { provisioner?.impairment ?? mounts?.impairment }

    /// Deleted volumes that are being removed or wait for a thread; nil in the role node.
    var trashBacklog: Int? { backend?.trashBacklog }

    private static func backend(
        _ options: ServeOptions,
        _ clusters: LiveConfiguration,
        _ logger: Logger
    ) -> CephBackend {
        var limits = CephVolumesOptions()
        limits.connections.threads = options.cephThreads
        return CephBackend(
            clusters: clusters,
            replicaIdentity: options.replicaID,
            digest: SHA256.hex,
            options: limits
        ) { level, text in
            switch level {
            case .info: logger.info("\(text)")
            case .warning: logger.warning("\(text)")
            case .security: logger.warning("\(text)", metadata: ["event": "security"])
            }
        }
    }

    private static func mounts(_ options: ServeOptions, _ logger: Logger) -> LinuxNodeMounts {
        var settings = MountingOptions()
        settings.threads = options.mountThreads
        settings.runDirectory = options.runDirectory
        settings.formerRunDirectory = "\(options.stateDirectory)/mounts"
        settings.forceUnmountAfter = options.forceUnmountAfter
        settings.leavesContainer = options.fuseCgroup == OptionRules.hostCgroups
        settings.fuseCgroup = settings.leavesContainer ? nil : options.fuseCgroup
        settings.sessionDirectory = "\(options.stateDirectory)/sessions"
        settings.recordDirectory = "\(options.stateDirectory)/mounted"
        return LinuxNodeMounts(settings) { level, text in
            logger.log(level: level == .warning ? .warning : .info, "\(text)")
        }
    }
}
