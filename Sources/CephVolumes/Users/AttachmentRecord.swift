import Bytes
import Ceph
import JSON
import Volumes

/// What the plugin writes down about a volume's use by a node: ``VolumeLayout/attachmentAttribute`` of its entry.
///
/// Written before the user is made, so that every user that exists is written down somewhere.
struct AttachmentRecord: Sendable, Hashable {
    static let version: Int64 = 1

    /// The node's name.
    var node: String
    /// Its CSI id when it was last published to.
    var nodeID: String
    var mode: CredentialsMode
    var readOnly: Bool
    /// Whether no other node may have the volume meanwhile.
    var singleNode: Bool
    /// The user that the node is given; nil in the mode `shared`.
    var user: String?
    /// Users that this entry had before and that may still exist; in the mode `volume` other entries may have them too.
    var former: [String] = []
    /// Whether its users are being removed: nobody is given one of them now.
    var isLeaving = false
    /// When it was written, compact UTC.
    var created: String

    /// The key in the node's id; nil where it has none.
    var publicKey: [UInt8]? { NodeIdentity(nodeID)?.publicKey }

    /// Every user that it may have.
    var users: [String] { (user.map { [$0] } ?? []) + former }

    var attachment: Attachment {
        Attachment(node: node, nodeID: nodeID, mode: mode, readOnly: readOnly, singleNode: singleNode, user: user)
    }

    var text: String {
        var members: [String: JSONValue] = [
            "version": .integer(Self.version),
            "node": .string(node),
            "nodeID": .string(nodeID),
            "singleNode": .bool(singleNode),
            "mode": .string(mode.rawValue),
            "readOnly": .bool(readOnly),
            "created": .string(created),
        ]
        if let user { members["user"] = .string(user) }
        if isLeaving { members["leaving"] = .bool(true) }
        if !former.isEmpty { members["former"] = .array(former.map { .string($0) }) }
        return JSONValue.object(members).text
    }
}

extension AttachmentRecord {
    /// Reads a record found at `path`.
    ///
    /// - Throws: ``VolumeError/preconditionFailed(_:)`` for a newer format, ``VolumeError/unexpected(_:)`` for text that
    ///   is none.
    init(text: String, path: String) throws {
        let damaged = VolumeError.unexpected(
            "the attribute \(VolumeLayout.attachmentAttribute) of \(path) is not an attachment's record"
        )
        guard let json = try? JSONValue(parsing: text), let version = json["version"]?.integer else { throw damaged }
        guard version == Self.version else {
            throw VolumeError.preconditionFailed(
                "the attachment at \(path) was created by a newer version of the plugin (record version \(version)): "
                    + "update the plugin"
            )
        }
        guard let node = json["node"]?.string,
            let mode = json["mode"]?.string.flatMap(CredentialsMode.init(rawValue:)),
            case .bool(let readOnly) = json["readOnly"]
        else { throw damaged }
        self.init(
            node: node,
            nodeID: json["nodeID"]?.string ?? node,
            mode: mode,
            readOnly: readOnly,
            singleNode: json["singleNode"] == .bool(true),
            user: json["user"]?.string,
            former: (json["former"]?.array ?? []).compactMap(\.string),
            isLeaving: json["leaving"] == .bool(true),
            created: json["created"]?.string ?? ""
        )
    }
}

/// The names of entries: the node's own where it may be a file's name, else a readable beginning and a hash.
struct NodeNames: Sendable {
    /// Lowercase hexadecimal SHA-256 of a text.
    let digest: @Sendable (String) -> String

    /// The entry's name. Names that look hashed are hashed too, so that no two nodes share an entry.
    func entry(_ node: String) -> String {
        let tail = node.split(byte: ".", omittingEmptySubsequences: false).last ?? ""
        let looksHashed = tail.utf8.count == 32 && tail.allSatisfy(\.isHexDigit)
        if FileName.isSafe(node), !looksHashed { return node }
        let prefix = FileName.readablePrefix(of: node, length: FileName.maximumLength - 33)
        let hash = digest(node).prefix(32)
        return prefix.isEmpty ? "n.\(hash)" : "\(prefix).\(hash)"
    }

    /// 12 hexadecimal digits that stand for the node in the id of its user: of its whole CSI id, name and key.
    func tag(_ nodeID: String) -> String { String(digest(nodeID).prefix(VolumeUsers.tagLength)) }

    /// The tags that users of an attachment may have: users were called after the node's name alone before.
    func tags(_ record: AttachmentRecord) -> [String] { [tag(record.nodeID), tag(record.node)] }
}
