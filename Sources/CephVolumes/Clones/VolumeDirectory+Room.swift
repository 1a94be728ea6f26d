import Ceph
import Volumes

extension VolumeDirectory {
    /// Sees to it that the quotas of the group and of the root leave room for content that is copied: the plugin's client
    /// heeds none of them by itself (`client_quota` in `CephSettings`), and a copy must not be the way round a tenant's limit.
    ///
    /// Ceph's sums lag by seconds, so what others write in that time may still take the same room, as with Ceph's own clients.
    ///
    /// - Throws: ``VolumeError/capacityExhausted(_:)`` that names the quota.
    func requireRoom(bytes: Int64, entries: Int64, below directories: [String]) throws {
        let limits = [
            (VolumeLayout.quotaAttribute, VolumeLayout.sizeAttribute, bytes, "bytes"),
            (VolumeLayout.filesQuotaAttribute, VolumeLayout.entriesAttribute, entries, "files"),
        ]
        try step(.measure) {
            for directory in directories {
                for (limit, used, needed, unit) in limits {
                    let text = try mount.attributeIfPresent(limit, of: directory)
                    guard let quota = text.flatMap({ Int64($0) }), quota > 0 else { continue }
                    let left = quota - (Int64(try mount.attribute(used, of: directory)) ?? 0)
                    guard needed > left else { continue }
                    throw VolumeError.capacityExhausted(
                        "\(mount.absolute(directory)) has a quota of \(quota) \(unit), which leaves \(max(left, 0)), and the "
                            + "copy needs \(needed): free some, or raise the quota (\(limit))"
                    )
                }
            }
        }
    }
}
