import Bytes
import Ceph
import Volumes

/// Which cephx users are a volume's own, and so may be removed and fenced for it.
///
/// What is written down beside a volume can be forged by whoever may write in its group; what the monitors say can't. So a
/// user is the volume's when its name derives from the uuid of the volume's data directory, and its caps open that directory.
struct OwnUsers: Sendable {
    let users: VolumeUsers
    let filesystem: String
    /// The directories, from the file system's root, that its users may be for: its data directory, or that of the snapshot
    /// that backs it.
    let paths: Set<String>
    /// Where the volume is, for messages.
    let place: String

    /// - Throws: ``VolumeError/tampered(_:)`` for a user that is another's.
    func require(_ user: String) throws {
        guard users.mayName(user) else { throw refusal("client.\(user)", "its name is not this volume's") }
    }

    /// Whether there is such a user.
    ///
    /// - Throws: ``VolumeError/tampered(_:)`` when it is another's.
    func isThere(_ user: String, _ rados: Rados) throws -> Bool {
        try require(user)
        guard let caps = try rados.caps(of: user) else { return false }
        let mds = caps["mds"] ?? ""
        guard mds.isEmpty || opensOwn(mds) else {
            throw refusal("client.\(user)", "its caps are for something else (mds '\(mds)')")
        }
        return true
    }

    /// Whether an MDS cap opens the volume's directories and nothing else: as this version writes it, or an earlier one.
    private func opensOwn(_ mds: String) -> Bool {
        let exact = paths.flatMap { path in
            ["allow r fsname=\(filesystem) path=\(path)", "allow rw fsname=\(filesystem) path=\(path)"]
        }
        if exact.contains(mds) { return true }
        return mds.split(byte: ",").allSatisfy { grant in
            grant.split(byte: " ").contains { word in paths.contains { word == "path=\($0)" } }
        }
    }

    private func refusal(_ user: String, _ reason: String) -> VolumeError {
        .tampered(
            "\(user) is not a user of the volume at \(place): \(reason). The record may have been forged by someone "
                + "with write access to the group; that user was neither removed nor fenced"
        )
    }
}

extension VolumeDirectory {
    /// The users of the volume with that record.
    ///
    /// - Parameter isPublished: whether it may have been published; one that never was is not asked how often its users
    ///   were replaced.
    func ownUsers(_ record: VolumeRecord, prefix: String, isPublished: Bool = true) throws -> OwnUsers {
        OwnUsers(
            users: VolumeUsers(prefix: prefix, data: record.data, generation: isPublished ? try generation() : 0),
            filesystem: context.filesystem,
            paths: record.isShallow
                ? try shallowPaths(record) : [mount.absolute(layout.dataPath(record.data))],
            place: mount.absolute(layout.volumePath)
        )
    }

    /// Where the content of a shallow volume is or was, when its users were made.
    private func shallowPaths(_ record: VolumeRecord) throws -> Set<String> {
        guard case .snapshot(let id) = record.source,
            case .record(let snapshot) = try SnapshotIndex(work: self).find(id)
        else { return [] }
        let (source, data) = (snapshot.source, snapshot.data)
        let retained = VolumeLayout.retainedPath(group: source.group, volume: source.volume, data: data)
        return [mount.absolute("\(VolumeLayout.livePath(source))/\(data)"), mount.absolute("\(retained)/\(data)")]
    }
}
