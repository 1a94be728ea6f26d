import Bytes

/// Absolute paths on a file system, as text.
enum AbsolutePath {
    /// Without doubled and closing slashes.
    static func normalized(_ path: String) -> String {
        "/" + path.split(byte: "/").joined(separator: "/")
    }

    /// Whether it is absolute, not `/`, and has no component that leads upwards or cuts it short.
    static func isPlain(_ path: String) -> Bool {
        let parts = path.split(byte: "/")
        return path.begins(with: "/") && !parts.isEmpty && !path.utf8.contains(0)
            && !parts.contains { $0 == "." || $0 == ".." }
    }

    /// `path` from `root`, beginning with `/`; nil when it is outside. Both normalized.
    static func relative(_ path: String, to root: String) -> String? {
        guard let rest = path.removing(prefix: root), rest.isEmpty || rest.begins(with: "/") else { return nil }
        return rest.isEmpty ? "/" : String(rest)
    }
}
