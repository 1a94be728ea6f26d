import Bytes
import Volumes

/// What Ceph's manager has written down about a subvolume in its `.meta` (CPython configparser's syntax; mgr/volumes,
/// metadata_manager.py).
struct SubvolumeMetadata: Sendable, Hashable {
    /// 1: snapshots are taken of the data directory; 2: of the subvolume's.
    var version: Int
    /// `complete` for one that can be used.
    var state: String
    /// The data directory, from the file system's root.
    var path: String

    /// Reads the section `GLOBAL`.
    ///
    /// - Parameter place: for messages.
    /// - Throws: ``VolumeError/preconditionFailed(_:)`` for a subvolume that can't be adopted.
    init(text: String, place: String) throws {
        var section = ""
        var values: [String: String] = [:]
        for line in text.split(whereSeparator: \.isNewline) {
            if line.begins(with: "["), line.ends(with: "]") {
                section = String(line.dropFirst().dropLast())
            } else if section == "GLOBAL", let sign = line.firstIndex(where: { $0 == "=" || $0 == ":" }) {
                values[Self.trimmed(line[..<sign])] = Self.trimmed(line[line.index(after: sign)...])
            }
        }
        guard let version = values["version"].flatMap({ Int($0) }), (1...2).contains(version),
            let state = values["state"], let path = values["path"], path.begins(with: "/")
        else {
            throw VolumeError.preconditionFailed("\(place) is not a subvolume's record of version 1 or 2")
        }
        self.version = version
        self.state = state
        self.path = path
    }

    private static func trimmed(_ text: Substring) -> String {
        let inner = text.drop(while: \.isWhitespace)
        return String(inner.reversed().drop(while: \.isWhitespace).reversed())
    }
}
