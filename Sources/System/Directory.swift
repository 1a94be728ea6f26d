import Bytes
import Glibc

/// Directories made and listed.
public enum Directory {
    /// Makes the directory at `path` and those above it that are missing, for the owner alone (mkdir(2), mode 0700).
    public static func makePrivate(_ path: String) throws(SystemCallError) {
        var made = ""
        for component in path.split(byte: "/") {
            made += "/" + component
            guard mkdir(made, 0o700) == 0 || errno == EEXIST else { throw SystemCallError("mkdir", on: made) }
        }
    }

    /// The names in the directory at `path`, without `.` and `..` (readdir(3)).
    public static func names(in path: String) throws(SystemCallError) -> [String] {
        guard let directory = opendir(path) else { throw SystemCallError("opendir", on: path) }
        defer { closedir(directory) }
        var result: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { result.append(name) }
        }
        return result
    }
}
