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

    init(_ options: ServeOptions, clusters: LiveConfiguration, logger: Logger) {
        let store = options.role.offersController ? Self.store(options, clusters, logger) : nil
        provisioner = store.map(CephVolumeProvisioner.init(store:))
        manager = store.map(CephVolumeManager.init(store:))
        snapshots = store.map(CephSnapshotManager.init(store:))
        groupSnapshots = store.map(CephGroupSnapshotManager.init(store:))
        issuer = store.map { CephCredentialIssuer(store: $0, digest: SHA256.hex) }
        mounts = options.role.offersNode ? Self.mounts(options, logger) : nil
    }

    /// Loads what the first request would have to wait for, so that Probe knows early whether it is there, and clears
    /// away what earlier versions left on the node.
    func prepare() async {
        async let cleared: Void? = mounts?.prepare()
        await provisioner?.preload()
        _ = await cleared
    }

    /// Ends what would leave something behind on Ceph; mounts stay, pods use them.
    ///
    /// - Parameter patience: how long mounts that are given up have to come up and end.
    func close(patience: Duration) async {
        await mounts?.close(patience: patience)
        await provisioner?.close()
    }

    /// Why one of the ports can't work at the moment; nil when all can.
    var impairment: String? { provisioner?.impairment ?? mounts?.impairment }

    private static func store(
        _ options: ServeOptions,
        _ clusters: LiveConfiguration,
        _ logger: Logger
    ) -> CephVolumeStore {
        var limits = CephVolumeStore.Options()
        limits.connections.threads = options.cephThreads
        return CephVolumeStore(clusters: clusters, replicaIdentity: options.replicaID, options: limits) {
            level,
            text in
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
