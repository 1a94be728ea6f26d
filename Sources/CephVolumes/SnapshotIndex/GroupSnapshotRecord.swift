import Ceph
import JSON
import Volumes

/// What the plugin writes down about a group snapshot: ``VolumeLayout/groupSnapshotAttribute`` of its entry in the index.
///
/// Written when the name is taken, again when every member is there, and again before the first is removed. The second
/// of these makes all members visible at once, the third takes all of them from sight.
struct GroupSnapshotRecord: Sendable, Hashable {
    static let version: Int64 = 1

    /// One volume of the group snapshot's group, and the snapshot of it.
    struct Member: Sendable, Hashable {
        var volume: String
        var snapshot: String
    }

    /// The CSI name.
    var requestName: String
    var consistency: GroupConsistency
    /// In the order of their volumes' names.
    var members: [Member]
    var state: SnapshotRecord.State
    /// Tells what this attempt has taken from what an earlier one left.
    var attempt: String

    var text: String {
        JSONValue.object([
            "version": .integer(Self.version),
            "name": .string(requestName),
            "consistency": .string(consistency.rawValue),
            "state": .string(state.rawValue),
            "attempt": .string(attempt),
            "volumes": .array(members.map { .string($0.volume) }),
            "snapshots": .array(members.map { .string($0.snapshot) }),
        ]).text
    }
}

extension GroupSnapshotRecord {
    /// The record of an attempt to do what `spec` asks for.
    init(_ spec: GroupSnapshotSpec, attempt: String) {
        self.init(
            requestName: spec.requestName,
            consistency: spec.consistency,
            members: spec.members.map { Member(volume: $0.volume.volume, snapshot: $0.snapshot.volume) },
            state: .taking,
            attempt: attempt
        )
    }

    /// Reads a record found at `path`.
    ///
    /// - Throws: ``VolumeError/preconditionFailed(_:)`` for a newer format, ``VolumeError/unexpected(_:)`` for text that
    ///   is none.
    init(text: String, path: String) throws {
        let damaged = VolumeError.unexpected(
            "the attribute \(VolumeLayout.groupSnapshotAttribute) of \(path) is not a group snapshot's record"
        )
        guard let json = try? JSONValue(parsing: text), let version = json["version"]?.integer else { throw damaged }
        guard version == Self.version else {
            throw VolumeError.preconditionFailed(
                "the group snapshot at \(path) was created by a newer version of the plugin (record version "
                    + "\(version)): update the plugin"
            )
        }
        let volumes = (json["volumes"]?.array ?? []).compactMap(\.string)
        let snapshots = (json["snapshots"]?.array ?? []).compactMap(\.string)
        guard let name = json["name"]?.string,
            let consistency = json["consistency"]?.string.flatMap(GroupConsistency.init(rawValue:)),
            let state = json["state"]?.string.flatMap(SnapshotRecord.State.init(rawValue:)),
            let attempt = json["attempt"]?.string,
            !volumes.isEmpty, volumes.count == snapshots.count, (volumes + snapshots).allSatisfy(FileName.isSafe)
        else { throw damaged }
        self.init(
            requestName: name,
            consistency: consistency,
            members: zip(volumes, snapshots).map { Member(volume: $0, snapshot: $1) },
            state: state,
            attempt: attempt
        )
    }

    /// The ids of the volumes and of their snapshots.
    func ids(of group: GroupSnapshotID) -> [(volume: VolumeID, snapshot: SnapshotID)] {
        func id(_ name: String) -> VolumeID? {
            VolumeID(cluster: group.cluster, filesystem: group.filesystem, group: group.group, volume: name)
        }
        return members.compactMap { member in
            guard let volume = id(member.volume), let snapshot = id(member.snapshot) else { return nil }
            return (volume, snapshot)
        }
    }
}
