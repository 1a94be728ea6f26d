import Bytes
import Glibc

/// A small file that its owner alone may read: mode 0600, in a directory made with mode 0700 where it is missing.
public enum PrivateFile {
    /// The file's bytes; nil when there is none. What others may read, too, is closed to them first.
    ///
    /// - Returns: the bytes, and whether others could have read them until now.
    public static func read(_ path: String, limit: Int) throws(SmallFile.Refusal) -> (bytes: [UInt8], wasOpen: Bool)? {
        let wasOpen: Bool
        do {
            wasOpen = try close(path)
        } catch {
            if error.errno == ENOENT { return nil }
            throw .system(error)
        }
        return (try SmallFile.read(path, limit: limit).bytes, wasOpen)
    }

    /// Makes the file with `bytes`, in one step and only where there is none: false when there is one.
    ///
    /// It is on the disk when this returns: whatever is derived from it may be told to others.
    public static func create(_ path: String, with bytes: [UInt8]) throws(SystemCallError) -> Bool {
        try makeDirectories(above: path)
        let draft = "\(path).\(getpid()).tmp"
        unlink(draft)
        defer { unlink(draft) }
        let descriptor = try FileDescriptor(opening: draft, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode: 0o600)
        try descriptor.write(bytes, path: draft)
        guard fsync(descriptor.number) == 0 else { throw SystemCallError("fsync", on: draft) }
        // link(2) and not rename(2): of two processes that start at once, the second must not replace the first's.
        guard link(draft, path) == 0 else {
            if errno == EEXIST { return false }
            throw SystemCallError("link", on: path)
        }
        try synchronize(directory(of: path))
        return true
    }

    /// Takes the rights of group and others away; whether there were any.
    private static func close(_ path: String) throws(SystemCallError) -> Bool {
        var status = stat()
        guard lstat(path, &status) == 0 else { throw SystemCallError("lstat", on: path) }
        guard status.st_mode & S_IFMT == S_IFREG, status.st_mode & 0o077 != 0 else { return false }
        guard chmod(path, 0o600) == 0 else { throw SystemCallError("chmod", on: path) }
        return true
    }

    private static func directory(of path: String) -> String {
        let parts = path.split(byte: "/").dropLast()
        return "/" + parts.joined(separator: "/")
    }

    private static func makeDirectories(above path: String) throws(SystemCallError) {
        var made = ""
        for part in path.split(byte: "/").dropLast() {
            made += "/" + part
            guard mkdir(made, 0o700) == 0 || errno == EEXIST else { throw SystemCallError("mkdir", on: made) }
        }
    }

    private static func synchronize(_ directory: String) throws(SystemCallError) {
        let descriptor = try FileDescriptor(opening: directory, O_RDONLY | O_DIRECTORY)
        guard fsync(descriptor.number) == 0 else { throw SystemCallError("fsync", on: directory) }
    }
}
