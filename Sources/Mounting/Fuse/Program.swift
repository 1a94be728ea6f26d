import Bytes
import Glibc

/// Programs that the plugin needs beside itself.
enum Program {
    /// The absolute path of `name` in the directories of `searchPath`, written as PATH is; nil when none has it.
    static func find(_ name: String, in searchPath: String) -> String? {
        searchPath.split(byte: ":").lazy.filter { $0.begins(with: "/") }.map { "\($0)/\(name)" }
            .first(where: isExecutable)
    }

    /// Whether there is a file at `path` that may be executed.
    static func isExecutable(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG && access(path, X_OK) == 0
    }
}
