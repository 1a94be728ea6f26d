import Bytes
import Volumes

/// The ids of a volume's cephx users, without `client.`:
/// `<prefix>-<uuid of the data directory>[-<hash of the node>][-ro][-g<generation>]`.
///
/// By the data directory and not by the volume's name, for a name may come again: a deleted volume's key never opens
/// the next volume of its name.
struct VolumeUsers: Sendable, Hashable {
    /// The cluster's prefix.
    let prefix: String
    /// The data directory's name.
    let data: String
    /// How often the volume's users were replaced; 0 for a volume whose users are its first.
    var generation: Int64

    /// The user of every node of the mode `volume` with that access.
    func shared(readOnly: Bool) -> String {
        "\(prefix)-\(data)" + suffix(readOnly)
    }

    /// The user of one node in the mode `node`; `hash` is 12 hexadecimal digits of its name's.
    func ofNode(_ hash: String, readOnly: Bool) -> String {
        "\(prefix)-\(data)-\(hash)" + suffix(readOnly)
    }

    /// Every user of the mode `volume` that the volume may ever have had: few, for users are seldom replaced.
    var everShared: [String] {
        (0...max(generation, 0)).flatMap { generation in
            let users = VolumeUsers(prefix: prefix, data: data, generation: generation)
            return [users.shared(readOnly: false), users.shared(readOnly: true)]
        }
    }

    /// Whether the volume's users may be called so: nothing but the parts of this type follows the uuid.
    func mayName(_ user: String) -> Bool {
        guard let rest = user.removing(prefix: "\(prefix)-\(data)") else { return false }
        var parts = rest.split(byte: "-", omittingEmptySubsequences: false)
        guard parts.removeFirst().isEmpty else { return false }
        if let part = parts.last, part.first == "g", let number = Int64(part.dropFirst()), number > 0 {
            parts.removeLast()
        }
        if parts.last == "ro" { parts.removeLast() }
        if let part = parts.last, part.utf8.count == Self.tagLength, part.utf8.allSatisfy(Self.isHexadecimal) {
            parts.removeLast()
        }
        return parts.isEmpty
    }

    /// Every user that an attachment may ever have named.
    ///
    /// - Parameter tags: those of the node, for the mode `node`.
    func ever(of record: AttachmentRecord, tags: [String]) -> [String] {
        switch record.mode {
        case .node: everOfNode(tags)
        case .volume: everShared
        case .shared: []
        }
    }

    /// Every user of one node in the mode `node` that the volume may have had, by the tags of the node.
    private func everOfNode(_ tags: [String]) -> [String] {
        (0...max(generation, 0)).flatMap { generation in
            let users = VolumeUsers(prefix: prefix, data: data, generation: generation)
            return tags.flatMap { tag in [false, true].map { users.ofNode(tag, readOnly: $0) } }
        }
    }

    /// Hexadecimal digits that stand for a node.
    static let tagLength = 12

    private static func isHexadecimal(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
    }

    private func suffix(_ readOnly: Bool) -> String {
        (readOnly ? "-ro" : "") + (generation > 0 ? "-g\(generation)" : "")
    }
}
