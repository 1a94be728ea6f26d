import Bytes
import Volumes

/// The keys of `publish_context`, which ControllerPublishVolume returns, the CO stores in the clear, and the node reads
/// (docs/parameters.md).
enum PublishContext {
    /// The volume's user, sealed for the node (``CredentialEnvelope``).
    static let credentials = "credentials"
    /// `"true"`: the node must mount read-only.
    static let readOnly = "readOnly"
    /// Of a shallow volume: the directory that the snapshot is of.
    static let path = "path"
    /// Of a shallow volume: its name in that directory's `.snap`.
    static let snapshot = "snapshot"

    /// Where the content is of a shallow volume.
    ///
    /// The context is stored where others may write; that no other volume's content can be reached is the work of the
    /// user's caps, and this keeps a path from leading anywhere else than a data directory's snapshot.
    static func shallowSource(_ context: [String: String], below root: String) throws -> ShallowSource {
        let path = try VolumeLocation.path(context[path], "publish_context[path]")
        let inner = (path.removing(prefix: "\(root)/") ?? "").split(byte: "/").map(String.init)
        guard inner.count == 3, inner.dropFirst().allSatisfy(FileName.isSafePart),
            inner[0] == "_retained" || FileName.isSafe(inner[0])
        else {
            throw VolumeError.invalid(
                field: "publish_context[path]",
                fix: "must be a volume's data directory below \(root)"
            )
        }
        guard let snapshot = context[snapshot], ShallowSource.isSnapshot(snapshot) else {
            throw VolumeError.invalid(
                field: "publish_context[snapshot]",
                fix: "must be the name of a snapshot as it is found in .snap: _<name>_<number>"
            )
        }
        return ShallowSource(path: path, snapshot: snapshot)
    }

    /// Whether a node may only read.
    static func isReadOnly(_ context: [String: String]) throws -> Bool {
        switch context[readOnly] {
        case nil, "false": return false
        case "true": return true
        default: throw VolumeError.invalid(field: "publish_context[readOnly]", fix: "must be true or false")
        }
    }
}
