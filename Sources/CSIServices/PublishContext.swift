import Volumes

/// The keys of `publish_context`, which ControllerPublishVolume returns, the CO stores in the clear, and the node reads
/// (docs/parameters.md).
enum PublishContext {
    /// The volume's user, sealed for the node (``CredentialEnvelope``).
    static let credentials = "credentials"
    /// `"true"`: the node must mount read-only.
    static let readOnly = "readOnly"

    /// Whether a node may only read.
    static func isReadOnly(_ context: [String: String]) throws -> Bool {
        switch context[readOnly] {
        case nil, "false": return false
        case "true": return true
        default: throw VolumeError.invalid(field: "publish_context[readOnly]", fix: "must be true or false")
        }
    }
}
