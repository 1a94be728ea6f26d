import Ceph
import JSON
import Volumes

/// What the plugin writes down about a snapshot: ``VolumeLayout/snapshotAttribute`` of its entry in the index.
///
/// Written when the name is taken, again when the snapshot is there, and again before it is removed. So an entry says
/// at any time what a crash has left to do.
struct SnapshotRecord: Sendable, Hashable {
    static let version: Int64 = 1

    /// How far it is.
    enum State: String, Sendable, Hashable {
        /// The name is taken; there may be a snapshot or not.
        case taking
        /// It is there.
        case ready
        /// Being removed; it may be gone already.
        case removing
    }

    /// The group snapshot that a snapshot belongs to.
    struct Membership: Sendable, Hashable {
        var group: GroupSnapshotID
        /// The attempt at the group snapshot that has taken it: what another attempt has taken is of another moment.
        var attempt: String
    }

    /// The CSI name.
    var requestName: String
    /// The volume that it is of.
    var source: VolumeID
    /// The volume's data directory: tells the volume from later ones of its name.
    var data: String
    var state: State
    /// Bytes that a volume with its content must have: the capacity that its volume had. 0: nothing is certain, for a volume
    /// without a capacity has no bound, and what Ceph says it holds lags by seconds.
    var size: Int64 = 0
    /// About how many bytes were in the volume; nil in a record of a plugin that took this for ``size``.
    var used: Int64?
    /// Files and directories in it then.
    var entries: Int64 = 0
    /// When Ceph made it.
    var created: CephTime = CephTime(seconds: 0, nanoseconds: 0)
    /// Nil for a snapshot that stands alone.
    var membership: Membership?

    var text: String {
        var members: [String: JSONValue] = [
            "version": .integer(Self.version),
            "name": .string(requestName),
            "source": .string(source.description),
            "data": .string(data),
            "state": .string(state.rawValue),
            "size": .integer(size),
            "entries": .integer(entries),
            "seconds": .integer(created.seconds),
            "nanoseconds": .integer(created.nanoseconds),
        ]
        if let used { members["used"] = .integer(used) }
        if let membership {
            members["groupSnapshot"] = .string(membership.group.description)
            members["attempt"] = .string(membership.attempt)
        }
        return JSONValue.object(members).text
    }

    /// The snapshot as the domain sees it; nil unless it is there. Of a member only its group snapshot says whether it
    /// can be seen: ``SnapshotIndex/snapshot(_:)``.
    func snapshot(_ id: SnapshotID) -> Snapshot? {
        guard state == .ready else { return nil }
        return Snapshot(
            id: id,
            requestName: requestName,
            source: source,
            createdSeconds: created.seconds,
            createdNanoseconds: Int32(truncatingIfNeeded: created.nanoseconds),
            size: size,
            group: membership?.group
        )
    }
}

extension SnapshotRecord {
    /// Reads a record found at `path`.
    ///
    /// - Throws: ``VolumeError/preconditionFailed(_:)`` for a newer format, ``VolumeError/unexpected(_:)`` for text that
    ///   is none.
    init(text: String, path: String) throws {
        let damaged = VolumeError.unexpected(
            "the attribute \(VolumeLayout.snapshotAttribute) of \(path) is not a snapshot's record"
        )
        guard let json = try? JSONValue(parsing: text), let version = json["version"]?.integer else { throw damaged }
        guard version == Self.version else {
            throw VolumeError.preconditionFailed(
                "the snapshot at \(path) was created by a newer version of the plugin (record version \(version)): "
                    + "update the plugin"
            )
        }
        guard let name = json["name"]?.string,
            let source = json["source"]?.string.flatMap({ VolumeID($0) }),
            let data = json["data"]?.string, VolumeRecord.isDirectoryName(data),
            let state = json["state"]?.string.flatMap(State.init(rawValue:)),
            let size = json["size"]?.integer,
            let seconds = json["seconds"]?.integer,
            let nanoseconds = json["nanoseconds"]?.integer
        else { throw damaged }
        var membership: Membership?
        if let text = json["groupSnapshot"]?.string {
            guard let group = GroupSnapshotID(text), let attempt = json["attempt"]?.string else { throw damaged }
            membership = Membership(group: group, attempt: attempt)
        }
        self.init(
            requestName: name,
            source: source,
            data: data,
            state: state,
            size: size,
            used: json["used"]?.integer,
            entries: json["entries"]?.integer ?? 0,
            created: CephTime(seconds: seconds, nanoseconds: nanoseconds),
            membership: membership
        )
    }
}
