/// Absolute paths on a file system, as text.
enum AbsolutePath {
    /// Without doubled and closing slashes.
    static func normalized(_ path: String) -> String {
        "/" + path.split(separator: "/").joined(separator: "/")
    }

    /// Whether it is absolute, not `/`, and has no component that leads upwards or cuts it short.
    static func isPlain(_ path: String) -> Bool {
        let parts = path.split(separator: "/")
        return path.hasPrefix("/") && !parts.isEmpty && !path.utf8.contains(0)
            && !parts.contains { $0 == "." || $0 == ".." }
    }

    /// `path` from `root`, beginning with `/`; nil when it is outside. Both normalized.
    static func relative(_ path: String, to root: String) -> String? {
        if path == root { return "/" }
        guard path.hasPrefix(root + "/") else { return nil }
        return String(path.dropFirst(root.count))
    }
}
