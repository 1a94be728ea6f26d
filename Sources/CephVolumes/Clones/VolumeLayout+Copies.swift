import Bytes
import Volumes

/// Names of copies under way.
extension VolumeLayout {
    /// What the names in ``staging`` of volumes begin with that are being copied. No other name there begins so: `~` is in
    /// no volume's name.
    static let copyPrefix = "copy~"
    /// How far a copy is, one JSON object (``CopyRecord``), on the directory in ``staging``.
    static let copyAttribute = "user.csi.copy"
    /// Beside it: changed by another replica that is asked for the volume.
    static let wantedAttribute = "user.csi.wanted"

    /// Among the metadata of a snapshot that is there for a copy only: the data directory of that copy.
    static let copyKey = "csi.copy"

    /// The name in ``trash`` of something half made that was called `entry`. Unlike a volume's it has no time: nobody
    /// restores it, and nothing keeps it.
    static func discardedName(_ entry: String) -> String { "\(discardedPrefix)\(RandomUUID.make()).\(entry)" }
    /// Whether ``discardedName(_:)`` made it.
    static func isDiscarded(_ name: String) -> Bool { name.begins(with: discardedPrefix) }
    private static let discardedPrefix = "discarded."

    /// The name in ``staging`` of the copy for a request: an equal request finds it, in this life of the plugin or the
    /// next; one that wants something else does not. The size is not part of it, for that is set in the end.
    static func copyName(_ spec: VolumeSpec) -> String {
        let wanted = [spec.requestName, spec.source.map { $0.text } ?? "", "\(spec.properties)"]
        let tag = ReplicaTag.make(from: wanted.joined(separator: "\n"))
        return "\(copyPrefix)\(spec.id.group)~\(spec.id.volume)~\(tag)"
    }

    /// The name of the snapshot that a volume is copied from when its source is a volume; `~` is in no snapshot's name.
    static func cloneSnapshot(for target: VolumeID) -> String { "clone~\(target.group)~\(target.volume)" }

    /// The copier's own directory, beside the data.
    static func scratchPath(in staged: String) -> String { "\(staged)/.copying" }
}

extension ContentSource {
    /// As records have it.
    public var text: String {
        switch self {
        case .snapshot(let id): "snapshot \(id)"
        case .volume(let id): "volume \(id)"
        }
    }

    /// Reads what ``text`` gives.
    init?(text: String) {
        let parts = text.split(byte: " ", maxSplits: 1)
        guard parts.count == 2, let id = VolumeID(String(parts[1])) else { return nil }
        switch parts[0] {
        case "snapshot": self = .snapshot(id)
        case "volume": self = .volume(id)
        default: return nil
        }
    }

    /// The volume's or the snapshot's id.
    var id: VolumeID {
        switch self {
        case .snapshot(let id), .volume(let id): id
        }
    }
}
