import Bytes
import Ceph
import Glibc
import Volumes

/// Who needs a snapshot to stay: a directory for each volume that it backs, in the snapshot's entry.
///
/// ```
/// _snapshots/<group>/<snapshot>/<group>~<volume>/
/// ```
///
/// Whoever holds a snapshot makes its directory and then looks whether the snapshot is still there; whoever removes one
/// says so in its entry and then looks for holders. So of two that do it at the same time at least one finds the other.
struct SnapshotHolders {
    let id: SnapshotID
    let work: VolumeDirectory

    private var mount: CephFSMount { work.mount }
    private var entry: String { SnapshotIndex(work: work).path(id) }

    /// `~` is in no safe name.
    private func path(_ volume: VolumeID) -> String { "\(entry)/\(volume.group)~\(volume.volume)" }

    /// Holds the snapshot for `volume`.
    ///
    /// - Throws: ``VolumeError/notFound(_:)`` when there is no such snapshot.
    func hold(_ volume: VolumeID) throws -> SnapshotRecord {
        let missing = VolumeError.notFound("volume_content_source: no such snapshot: \(id)")
        try work.step(.hold) {
            do {
                try mount.makeDirectoryIfMissing(path(volume), mode: VolumeLayout.privateMode)
            } catch let error as CephError where error.code == ENOENT {
                throw missing
            }
        }
        let index = SnapshotIndex(work: work)
        guard try index.snapshot(id) != nil, case .record(let record) = try index.find(id) else {
            try letGo(volume)
            throw missing
        }
        return record
    }

    /// Whether `volume` still holds it.
    func isHeld(by volume: VolumeID) throws -> Bool {
        try work.step(.hold) { try mount.statusIfPresent(path(volume)) != nil }
    }

    /// Ends it; one that does not hold it is a success.
    func letGo(_ volume: VolumeID) throws {
        try work.step(.hold) {
            do {
                try mount.removeDirectory(path(volume))
            } catch let error as CephError where error.code == ENOENT {
                // Another replica was faster, or the snapshot is gone.
            }
        }
    }

    /// The volumes that it backs. What a crash has left of others is removed.
    func volumes() throws -> [VolumeID] {
        let names: [String] = try work.step(.hold) {
            do {
                return try mount.entries(entry).map(\.text)
            } catch let error as CephError where error.code == ENOENT {
                return []
            }
        }
        return try names.compactMap { name in
            let parts = name.split(byte: "~", omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 2,
                let volume = VolumeID(
                    cluster: id.cluster,
                    filesystem: id.filesystem,
                    group: parts[0],
                    volume: parts[1]
                )
            else { return nil }
            let record = try work.record(at: VolumeLayout.livePath(volume))
            if record?.isShallow == true, record?.source == .snapshot(id) { return volume }
            try letGo(volume)
            return nil
        }
    }

    /// - Parameter field: of the request that wants the snapshot away.
    /// - Throws: ``VolumeError/preconditionFailed(_:)`` while a volume is backed by it.
    func refuseAny(_ field: String) throws {
        guard let volume = try volumes().first else { return }
        throw VolumeError.preconditionFailed(
            "\(field): volume \(volume) shows the snapshot \(id) (backingSnapshot): delete that volume first"
        )
    }
}
