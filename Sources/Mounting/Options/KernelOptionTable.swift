import Bytes
import Glibc

/// The mount options that the kernel takes for a CephFS: names, and what values they may have.
///
/// Sources: mount(8) "FILESYSTEM-INDEPENDENT MOUNT OPTIONS", and the kernel's fs/ceph/super.c (ceph_mount_parameters)
/// and net/ceph/ceph_common.c (ceph_parameters). docs/mounting.md has this table, held against it by a test. What the
/// plugin sets itself or refuses is in ``MountOptions``.
enum KernelOptionTable {
    /// What may follow an option's name.
    enum Value: Sendable, Hashable {
        /// Nothing.
        case none
        /// Nothing; and `no` may stand in front of the name.
        case onOrOff
        /// A number, in this range.
        case number(ClosedRange<Int>)
        /// One of these.
        case choice([String])
        /// A name: letters, digits, `.`, `_`, `-`.
        case name
        /// Nothing or a name; and `no` may stand in front.
        case onOffOrName
        /// `type:name|type:name`, places in the CRUSH map.
        case places
    }

    private static let most = Int(Int32.max)
    /// The most seconds whose milliseconds fit.
    private static let longest = Int(Int32.max) / 1000

    /// The CephFS client's own options.
    static let client: [String: Value] = [
        "abort_on_full": .none, "acl": .onOrOff, "asyncreaddir": .onOrOff, "caps_max": .number(0...most),
        "caps_wanted_delay_max": .number(1...most), "caps_wanted_delay_min": .number(1...most),
        "copyfrom": .onOrOff, "crc": .onOrOff, "crush_location": .places, "dcache": .onOrOff, "dirstat": .onOrOff,
        "fsc": .onOffOrName, "ino32": .onOrOff, "mount_timeout": .number(1...3600),
        "ms_mode": .choice(["legacy", "crc", "secure", "prefer-crc", "prefer-secure"]),
        "osd_idle_ttl": .number(1...longest), "osd_request_timeout": .number(0...longest),
        "osdkeepalive": .number(1...longest), "pagecache": .onOrOff, "quotadf": .onOrOff, "rasize": .number(0...most),
        "rbytes": .onOrOff, "read_from_replica": .choice(["no", "balance", "localize"]),
        "readdir_max_bytes": .number(4096...most), "readdir_max_entries": .number(1...most),
        "rsize": .number(4096...64 << 20), "rxbounce": .none, "snapdirname": .name, "sparseread": .none,
        "tcp_nodelay": .onOrOff, "write_congestion_kb": .number(1024...most), "wsize": .number(4096...64 << 20),
        "wsync": .onOrOff,
    ]

    /// Options that came after Linux 5.12, which the plugin needs in any case.
    static let since: [String: KernelVersion] = [
        "pagecache": KernelVersion(major: 5, minor: 17), "rxbounce": KernelVersion(major: 5, minor: 17),
        "sparseread": KernelVersion(major: 6, minor: 6),
    ]

    /// Options of every file system, as flags of mount(2): those set and those cleared.
    static let everyFilesystem: [String: (set: UInt, clear: UInt)] = [
        "nosuid": (UInt(MS_NOSUID), 0), "suid": (0, UInt(MS_NOSUID)),
        "nodev": (UInt(MS_NODEV), 0), "dev": (0, UInt(MS_NODEV)),
        "noexec": (UInt(MS_NOEXEC), 0), "exec": (0, UInt(MS_NOEXEC)),
        "sync": (UInt(MS_SYNCHRONOUS), 0), "async": (0, UInt(MS_SYNCHRONOUS)),
        "dirsync": (UInt(MS_DIRSYNC), 0),
        "noatime": (UInt(MS_NOATIME), 0), "atime": (0, UInt(MS_NOATIME)),
        "nodiratime": (UInt(MS_NODIRATIME), 0), "diratime": (0, UInt(MS_NODIRATIME)),
        "relatime": (UInt(MS_RELATIME), 0), "norelatime": (0, UInt(MS_RELATIME)),
        "strictatime": (UInt(MS_STRICTATIME), 0), "nostrictatime": (0, UInt(MS_STRICTATIME)),
        // MS_NOSYMFOLLOW and MS_LAZYTIME of linux/mount.h, which Glibc does not show to Swift.
        "nosymfollow": (1 << 8, 0), "symfollow": (0, 1 << 8), "lazytime": (1 << 25, 0), "nolazytime": (0, 1 << 25),
    ]

    /// Whether the CephFS client of some kernel has an option of that name, with `no` in front or without.
    static func isOfClient(_ name: String) -> Bool {
        if client[name] != nil { return true }
        let base = name.removing(prefix: "no").map(String.init) ?? ""
        return [.onOrOff, .onOffOrName].contains(client[base])
    }

    /// Every name that may be written, with the forms that begin with `no`.
    static let names: [String] = {
        let negated = client.filter { $0.value == .onOrOff || $0.value == .onOffOrName }.map { "no" + $0.key }
        return (Array(everyFilesystem.keys) + Array(client.keys) + negated + Array(MountOptions.labels)).sorted()
    }()

    /// The known name that is most like `name`, if one is so like it that it may have been meant.
    static func nearest(to name: String) -> String? {
        let distances = names.map { ($0, distance(Array($0.utf8), Array(name.utf8))) }
        guard let best = distances.min(by: { $0.1 < $1.1 }), best.1 <= min(2, name.utf8.count / 2) else { return nil }
        return best.0
    }

    /// Levenshtein's distance: how many bytes to insert, remove or change.
    private static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
        var row = Array(0...right.count)
        for (line, byte) in left.enumerated() {
            var diagonal = row[0]
            row[0] = line + 1
            for (column, other) in right.enumerated() {
                let changed = diagonal + (byte == other ? 0 : 1)
                diagonal = row[column + 1]
                row[column + 1] = min(changed, diagonal + 1, row[column] + 1)
            }
        }
        return row[right.count]
    }
}
