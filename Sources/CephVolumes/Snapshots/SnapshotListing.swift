import Bytes
import Ceph
import Volumes

/// The ids that a list of one cluster's snapshots goes through. What each is, its record says.
struct SnapshotListing {
    let cluster: String
    let filesystem: String
    let work: VolumeDirectory

    /// Every snapshot, half-made ones included.
    func all() throws -> [SnapshotID] {
        let index = SnapshotIndex(work: work)
        return try index.groups().flatMap { group in
            try index.names(group: group).compactMap { id(group, $0) }
        }
    }

    /// What may be snapshots of one volume and of earlier ones of its name: only what Ceph has of them is listed, and no
    /// other volume's.
    func all(of source: VolumeID) throws -> [SnapshotID] {
        let prefix = VolumeLayout.retainedPrefix(group: source.group, volume: source.volume)
        let retained = try work.retainedNames().filter { $0.begins(with: prefix) }
        let places = [VolumeLayout.livePath(source)] + retained.map { "\(VolumeLayout.retained)/\($0)" }
        return try places.flatMap { place in
            try work.ownSnapshots(in: place).compactMap { id(source.group, $0) }
        }
    }

    private func id(_ group: String, _ name: String) -> SnapshotID? {
        SnapshotID(cluster: cluster, filesystem: filesystem, group: group, volume: name)
    }
}
