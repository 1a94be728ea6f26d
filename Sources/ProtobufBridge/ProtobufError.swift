/// Why bytes are not an acceptable message.
///
/// The texts name the field and never quote a value, so they may be sent to the caller and logged.
public enum ProtobufError: Error, Sendable, Hashable {
    /// The bytes are not a message of this type: cut short, a wrong wire type, a bad length or tag.
    case malformed(message: String)
    /// The string at this path, e.g. `volume_capabilities[2].mount.fs_type`, is not valid UTF-8.
    case invalidUTF8(field: String)
    /// The string at this path contains a NUL character, which no C interface could carry.
    case containsNUL(field: String)
    /// The message, or what it unpacks to, is larger than this many bytes.
    case tooLarge(message: String, limit: Int)

    /// The path of the offending field, when it is known.
    public var field: String? {
        switch self {
        case .invalidUTF8(let field), .containsNUL(let field): field
        case .malformed, .tooLarge: nil
        }
    }

    /// The same error seen from the message that holds the failing one at `component`.
    func within(_ component: String) -> ProtobufError {
        switch self {
        case .invalidUTF8(let field): .invalidUTF8(field: "\(component).\(field)")
        case .containsNUL(let field): .containsNUL(field: "\(component).\(field)")
        case .malformed, .tooLarge: self
        }
    }
}

extension ProtobufError: CustomStringConvertible {
    /// One sentence that names the field and the fault.
    public var description: String {
        switch self {
        case .malformed(let message): "the bytes are not a valid \(message) message"
        case .invalidUTF8(let field): "\(field): must be valid UTF-8"
        case .containsNUL(let field): "\(field): must not contain a NUL character"
        case .tooLarge(let message, let limit): "the \(message) message exceeds the limit of \(limit) bytes"
        }
    }
}
