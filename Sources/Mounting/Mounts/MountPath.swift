import Bytes
import Volumes

/// A path of the CO's where something is mounted, checked as text: absolute, not `/`, no `..`.
struct MountPath: Sendable, Hashable {
    /// The request's field that it came in, for messages.
    let field: String
    /// Everything but the last component; begins with `/`.
    let parent: String
    /// The last component.
    let name: String

    /// The whole path, with neither doubled nor trailing slashes: what calls for one directory have in common.
    var text: String { parent == "/" ? "/" + name : parent + "/" + name }

    /// Checks `text`.
    ///
    /// - Throws: ``VolumeError/invalid(field:fix:)`` naming `field`.
    init(_ text: String, field: String) throws(VolumeError) {
        guard text.utf8.first == UInt8(ascii: "/") else {
            throw .invalid(field: field, fix: "must be an absolute path")
        }
        guard !text.utf8.contains(0) else {
            throw .invalid(field: field, fix: "must not contain a NUL character")
        }
        let components = text.split(byte: "/").filter { $0 != "." }
        guard let name = components.last else {
            throw .invalid(field: field, fix: "must name a directory below /")
        }
        guard !components.contains("..") else {
            throw .invalid(field: field, fix: "must not contain `..`")
        }
        // NAME_MAX and PATH_MAX, limits.h.
        guard components.allSatisfy({ $0.utf8.count <= 255 }), text.utf8.count < 4096 else {
            throw .invalid(field: field, fix: "must be shorter than 4096 bytes, with components of at most 255")
        }
        self.field = field
        self.name = String(name)
        parent = "/" + components.dropLast().joined(separator: "/")
    }
}
