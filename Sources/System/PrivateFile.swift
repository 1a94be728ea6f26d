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
        try Directory.makePrivate(directory(of: path))
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

    /// Puts `bytes` at `path` in one step: readers see the old file or the new one, never a part (rename(2)). One writer at
    /// a time.
    public static func replace(_ path: String, with bytes: [UInt8]) throws(SystemCallError) {
        try Directory.makePrivate(directory(of: path))
        let draft = path + ".new"
        let descriptor = try FileDescriptor(opening: draft, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, mode: 0o600)
        try descriptor.write(bytes, path: draft)
        guard rename(draft, path) == 0 else { throw SystemCallError("rename", on: path) }
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

    private static func synchronize(_ directory: String) throws(SystemCallError) {
        let descriptor = try FileDescriptor(opening: directory, O_RDONLY | O_DIRECTORY)
        guard fsync(descriptor.number) == 0 else { throw SystemCallError("fsync", on: directory) }
    }
}
