import Volumes

/// The monitors as the kernel takes them: numeric addresses that all speak one protocol, for one option `ms_mode`
/// counts for all of them.
struct KernelMonitors: Sendable, Hashable {
    /// `1.2.3.4:6789`, `[fd00::1]:3300`.
    let addresses: [String]
    /// The option `ms_mode`; nil for none, which is the first protocol.
    let mode: String?

    /// An entry of the configuration: where it is reached by each protocol.
    struct Entry: Sendable, Hashable {
        var v1: String?
        var v2: String?

        /// Parses `host:port`, `[v6]:port` or a vector of both protocols' addresses; the configuration has checked the
        /// form. A port that is neither protocol's own may be either's.
        init(_ text: String) {
            let isVector = text.hasPrefix("[v1:") || text.hasPrefix("[v2:")
            let parts = (isVector ? text.dropFirst().dropLast() : text[...]).split(separator: ",")
            for part in parts {
                switch part.prefix(3) {
                case "v1:": v1 = String(part.dropFirst(3))
                case "v2:": v2 = String(part.dropFirst(3))
                default:
                    v1 = part.hasSuffix(":3300") ? nil : String(part)
                    v2 = part.hasSuffix(":6789") ? nil : String(part)
                }
            }
        }

        /// Whether the second protocol is certain to be spoken there.
        var surelySpeaksV2: Bool { v2 != nil && v1 != v2 }
    }

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
        resolve: (String) throws(VolumeError) -> [String] = HostResolver.resolve
    ) throws(VolumeError) {
        let entries = cluster.monitors.map(Entry.init)
        let usesV2 = try Self.usesV2(entries, wanted, kernel)
        var chosen: [String] = []
        for (entry, text) in zip(entries, cluster.monitors) {
            guard let address = usesV2 ? entry.v2 : entry.v1 else {
                throw .preconditionFailed(Self.nothingInCommon(cluster, text, usesV2: usesV2, wanted: wanted))
            }
            chosen.append(address)
        }
        mode = usesV2 ? wanted ?? "prefer-crc" : nil
        addresses = try Self.resolved(chosen, resolve)
    }

    private static func usesV2(_ entries: [Entry], _ wanted: String?, _ kernel: KernelVersion) throws(VolumeError)
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
            + "\(monitor.debugDescription) is none: write each as [v2:host:3300,v1:host:6789] in the configuration"
    }

    /// All addresses of all of `chosen`; a name that can't be resolved is left out as long as another can.
    private static func resolved(
        _ chosen: [String],
        _ resolve: (String) throws(VolumeError) -> [String]
    ) throws(VolumeError) -> [String] {
        var addresses: [String] = []
        var failure: VolumeError?
        for address in chosen {
            do throws(VolumeError) {
                for numeric in try resolve(address) where !addresses.contains(numeric) { addresses.append(numeric) }
            } catch {
                failure = failure ?? error
            }
        }
        if addresses.isEmpty, let failure { throw failure }
        return addresses
    }
}
