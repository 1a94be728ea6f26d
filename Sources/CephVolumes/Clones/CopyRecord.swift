import Bytes
import Ceph
import Glibc
import JSON
import Volumes

/// What the plugin writes down about a copy under way: ``VolumeLayout/copyAttribute`` of its directory in staging, so
/// that another life of the plugin, or another replica, can go on with it.
struct CopyRecord: Sendable, Hashable {
    static let version: Int64 = 1

    /// How far it is.
    enum State: String, Sendable, Hashable {
        /// Its source may not be fixed yet.
        case preparing
        /// There is a snapshot to copy from.
        case copying
        /// All is copied; the source is not needed any more.
        case copied
    }

    var state: State
    /// The data directory's name in the new volume.
    var data: String
    /// The volume that the snapshot copied from is of.
    var sourceVolume: VolumeID
    /// The data directory's name in that volume.
    var sourceData: String
    /// The snapshot's name.
    var snapshot: String
    /// Whether the snapshot is there for this copy only.
    var isTemporary: Bool
    /// The smallest capacity that the volume may have; 0 when only the copied content says.
    var size: Int64 = 0
    /// About how much there is to copy; how much it was, once it is ``State/copied``.
    var entries: Int64
    var bytes: Int64
    /// The replica that copies (``ReplicaTag``).
    var owner: String
    /// Goes up as long as the owner lives.
    var beat: Int64 = 0

    var text: String {
        JSONValue.object([
            "version": .integer(Self.version),
            "state": .string(state.rawValue),
            "data": .string(data),
            "sourceVolume": .string(sourceVolume.description),
            "sourceData": .string(sourceData),
            "snapshot": .string(snapshot),
            "temporary": .bool(isTemporary),
            "size": .integer(size),
            "entries": .integer(entries),
            "bytes": .integer(bytes),
            "owner": .string(owner),
            "beat": .integer(beat),
        ]).text
    }
}

extension CopyRecord {
    /// Reads a record; nil for text that is none, of this version at least.
    init?(text: String) {
        guard let json = try? JSONValue(parsing: text), json["version"]?.integer == Self.version,
            let state = json["state"]?.string.flatMap(State.init(rawValue:)),
            let data = json["data"]?.string, VolumeRecord.isDirectoryName(data),
            let sourceVolume = json["sourceVolume"]?.string.flatMap({ VolumeID($0) }),
            let sourceData = json["sourceData"]?.string, VolumeRecord.isDirectoryName(sourceData),
            let snapshot = json["snapshot"]?.string, VolumeRecord.isDirectoryName(snapshot),
            let entries = json["entries"]?.integer, let bytes = json["bytes"]?.integer,
            let owner = json["owner"]?.string, let beat = json["beat"]?.integer
        else { return nil }
        self.init(
            state: state,
            data: data,
            sourceVolume: sourceVolume,
            sourceData: sourceData,
            snapshot: snapshot,
            isTemporary: json["temporary"] == .bool(true),
            size: json["size"]?.integer ?? 0,
            entries: entries,
            bytes: bytes,
            owner: owner,
            beat: beat
        )
    }
}

extension VolumeDirectory {
    /// A copy's record; nil when there is no such copy, or none that can be gone on with.
    func copyRecord(_ staged: String) throws -> CopyRecord? {
        try step(.stage) {
            do {
                return try mount.attributeIfPresent(VolumeLayout.copyAttribute, of: staged)
                    .flatMap { CopyRecord(text: $0) }
            } catch let error as CephError where error.isMissing {
                return nil
            }
        }
    }

    /// Writes how far a copy is.
    func write(_ record: CopyRecord, _ staged: String) throws {
        try step(.stage) { try mount.setAttribute(VolumeLayout.copyAttribute, of: staged, to: record.text) }
    }

    /// Removes the snapshot that was there for a copy only, and what was kept of its volume for it alone. One that another
    /// attempt at the same copy has taken since is left to that.
    ///
    /// - Returns: the name in the trash of that volume, if it went there.
    func dropTemporary(_ record: CopyRecord) throws -> String? {
        guard record.isTemporary, let place = try place(of: record.sourceVolume, data: record.sourceData) else {
            return nil
        }
        let metadata = try step(.findSnapshot) { try self.metadata(place, record.snapshot) }
        let maker = metadata?[VolumeLayout.copyKey]
        if maker == nil || maker == record.data { try dropSnapshot(in: place, record.snapshot) }
        return try releaseRetained(place)
    }

    /// Gives up what is half made: one rename takes it out of its maker's hands, whether that lives or not. After it a copy's
    /// snapshot goes.
    ///
    /// - Parameter staged: an entry of staging, or a volume's place.
    /// - Returns: names in the trash, to be purged; none when there was nothing.
    func discard(_ staged: String) throws -> [String] {
        let entry = staged.split(byte: "/").last.map(String.init) ?? ""
        let name = VolumeLayout.discardedName(entry)
        let isThere = try step(.discard) { () -> Bool in
            do {
                try mount.rename(staged, to: "\(VolumeLayout.trash)/\(name)")
            } catch let error as CephError where error.isMissing {
                // Nothing was made, somebody else has given it up, or there is no trash yet.
                guard try mount.statusIfPresent(staged) != nil else { return false }
                try preparePlaces()
                try mount.rename(staged, to: "\(VolumeLayout.trash)/\(name)")
            }
            return true
        }
        guard isThere else { return [] }
        return try [name] + [releaseSource(trashed: name)].compactMap { $0 }
    }

    /// Lets go of the source of a copy that was given up.
    ///
    /// - Returns: the name in the trash of a deleted volume that was kept for it alone.
    func releaseSource(trashed name: String) throws -> String? {
        guard let record = try copyRecord("\(VolumeLayout.trash)/\(name)") else { return nil }
        return try dropTemporary(record)
    }
}

extension CephError {
    /// Whether something was not there.
    var isMissing: Bool { code == ENOENT }
}
