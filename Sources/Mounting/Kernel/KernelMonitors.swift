import CephCommon
import Volumes

/// The monitors as the kernel takes them: numeric addresses that all speak one protocol, for one option `ms_mode`
/// counts for all of them.
struct KernelMonitors: Sendable, Hashable {
    /// `1.2.3.4:6789`, `[fd00::1]:3300`.
    let addresses: [String]
    /// The option `ms_mode`; nil for none, which is the first protocol.
    let mode: String?

    /// Chooses the protocol and looks names up.
    ///
    /// - Parameters:
    ///   - cluster: whose monitors.
    ///   - wanted: the mount options' `ms_mode`, where they have one.
    ///   - resolve: the numeric addresses of an address; may block.
    /// - Throws: ``VolumeError`` when they have no protocol in common that this kernel speaks, or none has an address.
    init(
        of cluster: Cluster,
        wanted: String?,
        kernel: KernelVersion = .current,
        resolve: MonitorList.Resolve = HostResolver.resolve
    ) throws(VolumeError) {
        let entries = cluster.monitors.map(MonitorEntry.init)
        let usesV2 = try Self.usesV2(entries, wanted, kernel)
        var chosen: [String] = []
        for (entry, text) in zip(entries, cluster.monitors) {
            guard let address = usesV2 ? entry.v2 : entry.v1 else {
                throw .preconditionFailed(Self.nothingInCommon(cluster, text, usesV2: usesV2, wanted: wanted))
            }
            chosen.append(address)
        }
        mode = usesV2 ? wanted ?? "prefer-crc" : nil
        do {
            addresses = try MonitorList.union(of: chosen, resolve)
        } catch {
            throw .unavailable("cluster \(cluster.id.debugDescription): \(error)")
        }
    }

    private static func usesV2(_ entries: [MonitorEntry], _ wanted: String?, _ kernel: KernelVersion)
        throws(VolumeError)
        -> Bool
    {
        let isKnown = kernel >= .messengerTwo
        guard let wanted else { return isKnown && entries.allSatisfy(\.surelySpeaksV2) }
        guard wanted != "legacy" else { return false }
        guard isKnown else {
            throw .invalid(
                field: MountOptions.field,
                fix: "must not contain \"ms_mode\": it needs Linux 5.11 or newer on the node"
            )
        }
        return true
    }

    private static func nothingInCommon(_ cluster: Cluster, _ monitor: String, usesV2: Bool, wanted: String?) -> String
    {
        let why = wanted.map { "the mount option ms_mode=\($0) needs" } ?? "the kernel's client needs"
        return
            "\(why) a \(usesV2 ? "v2" : "v1") address of every monitor of cluster \(cluster.id.debugDescription), and "
            + "\(monitor.debugDescription) is not one: write each as [v2:host:3300,v1:host:6789] in the configuration"
    }
}
