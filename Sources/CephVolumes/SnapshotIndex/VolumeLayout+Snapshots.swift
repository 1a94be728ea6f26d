import Bytes
import Ceph
import Volumes

/// Where snapshots and what they outlive are:
///
/// ```
/// <root>/
///   <group>/<volume>/.snap/<snapshot>/<uuid>/    what the snapshot holds
///   _snapshots/<group>/<snapshot>/               the name's entry: user.csi.snapshot
///   _groupsnapshots/<group>/<group snapshot>/    the name's entry: user.csi.groupsnapshot
///   _retained/<group>.<volume>.<uuid>/           a deleted volume whose snapshots are still there
/// ```
extension VolumeLayout {
    /// The index of snapshots: a directory for each group, in it an entry for each snapshot. Making the entry takes the
    /// name, whichever volume the snapshot is of.
    static let snapshots = "/_snapshots"
    /// Deleted volumes that have snapshots. The name of an entry ends with the data directory's, which no other volume
    /// has, so the volume's own name is free at once.
    static let retained = "/_retained"
    /// The index of group snapshots, otherwise as ``snapshots``.
    static let groupSnapshots = "/_groupsnapshots"
    /// The plugin's record of a group snapshot, one JSON object (``GroupSnapshotRecord``), on the entry.
    static let groupSnapshotAttribute = "user.csi.groupsnapshot"
    /// The plugin's record of a snapshot, one JSON object (``SnapshotRecord``), on the entry.
    static let snapshotAttribute = "user.csi.snapshot"
    /// Files and directories below a directory. As all these sums it lags by seconds.
    static let entriesAttribute = "ceph.dir.rentries"
    /// Files below a directory.
    static let filesAttribute = "ceph.dir.rfiles"
    /// When a snapshot was made, on `.snap/<name>`.
    static let birthAttribute = "ceph.snap.btime"
    /// Among a snapshot's metadata: its id. Snapshots that have it are this plugin's, all others somebody else's.
    static let snapshotKey = "csi.snapshot"

    /// The directory of a live volume.
    static func livePath(_ id: VolumeID) -> String { "/\(id.group)/\(id.volume)" }

    /// What the names of a deleted volume's entries in ``retained`` begin with.
    static func retainedPrefix(group: String, volume: String) -> String { "\(group).\(volume)." }

    /// The place of a deleted volume whose snapshots are still there.
    static func retainedPath(group: String, volume: String, data: String) -> String {
        "\(retained)/\(retainedPrefix(group: group, volume: volume))\(data)"
    }

    /// The volume's name in that of an entry in ``trash``: behind the time, which has one dot.
    static func volume(trashed name: String) -> String? {
        let parts = name.split(byte: ".", maxSplits: 2, omittingEmptySubsequences: false)
        return parts.count == 3 ? String(parts[2]) : nil
    }

    /// A snapshot of the volume directory `directory`.
    static func snapshotPath(in directory: String, _ name: String) -> String { "\(directory)/.snap/\(name)" }
}
