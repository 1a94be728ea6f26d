import Ceph
import Glibc
import Volumes

extension VolumeDirectory {
    /// The domain's view of a shallow volume.
    func shallowVolume(_ record: VolumeRecord, id: VolumeID) -> Volume {
        Volume(
            id: id,
            requestName: record.requestName,
            capacity: record.capacity,
            dataPath: mount.absolute(layout.volumePath),
            properties: record.properties,
            source: record.source,
            isShallow: true
        )
    }

    /// Where the content of a shallow volume is at the moment, from the mount's root.
    ///
    /// - Throws: ``VolumeError/preconditionFailed(_:)`` when it is nowhere.
    func shallowSource(_ record: VolumeRecord) throws -> (directory: String, source: ShallowSource) {
        guard case .snapshot(let id) = record.source,
            case .record(let snapshot) = try SnapshotIndex(work: self).find(id),
            snapshot.state == .ready, let place = try place(of: snapshot.source, data: snapshot.data)
        else {
            throw VolumeError.preconditionFailed(
                "the snapshot that the volume shows (\(record.source?.text ?? "none")) no longer exists: delete the "
                    + "volume"
            )
        }
        try refuseUnheld(id)
        let directory = "\(place)/\(snapshot.data)"
        let name: String? = try step(.findSnapshot) {
            // What Ceph lists there is cut off after 79 bytes; looked up it must be whole.
            guard let inode = try mount.statusIfPresent(place)?.inode else { return nil }
            let name = "_\(id.volume)_\(inode)"
            return try mount.statusIfPresent("\(directory)/.snap/\(name)") == nil ? nil : name
        }
        guard let name else {
            throw VolumeError.preconditionFailed(
                "\(mount.absolute(directory)) no longer exists, so only the provisioner can read its snapshot \(id): "
                    + "create a volume with a copy of it (without backingSnapshot)"
            )
        }
        return (directory, ShallowSource(path: mount.absolute(directory), snapshot: name))
    }

    /// A record alone could name any snapshot, of another group too; whoever may hold one writes where only the provisioner
    /// can.
    private func refuseUnheld(_ snapshot: SnapshotID) throws {
        let own = VolumeID(
            cluster: snapshot.cluster,
            filesystem: snapshot.filesystem,
            group: layout.group,
            volume: layout.volume
        )
        guard let own, try !SnapshotHolders(id: snapshot, work: self).isHeld(by: own) else { return }
        throw VolumeError.tampered(
            "the record of \(mount.absolute(layout.volumePath)) names the snapshot \(snapshot), which does not name "
                + "it as a volume that shows it. Someone with write access to the group may have forged it; nothing "
                + "was changed"
        )
    }

    /// Lets the snapshot of a shallow volume go that is not there any more.
    func release(_ record: VolumeRecord) throws {
        guard case .snapshot(let snapshot) = record.source,
            let id = VolumeID(
                cluster: snapshot.cluster,
                filesystem: snapshot.filesystem,
                group: layout.group,
                volume: layout.volume
            )
        else { return }
        try SnapshotHolders(id: snapshot, work: self).letGo(id)
    }

    /// The volumes that are backed by a snapshot of the volume in that directory, and published.
    func publishedBackings(of directory: String) throws -> [VolumeID] {
        try ownSnapshots(in: directory).flatMap { name -> [VolumeID] in
            guard let snapshot = try metadata(directory, name)?[VolumeLayout.snapshotKey].flatMap({ SnapshotID($0) })
            else { return [] }
            return try SnapshotHolders(id: snapshot, work: self).volumes().filter { volume in
                try attachments(at: VolumeLayout.livePath(volume)).contains { $0.record != nil }
            }
        }
    }

    /// - Throws: ``VolumeError/unsupported(_:)`` for a shallow volume.
    func refuseShallow(_ record: VolumeRecord?, _ field: String, _ what: String) throws {
        guard let record, record.isShallow else { return }
        throw VolumeError.unsupported(
            "\(field): the volume shows \(record.source?.text ?? "a snapshot") and has no content of its own "
                + "(backingSnapshot), so it can't be \(what)"
        )
    }
}
