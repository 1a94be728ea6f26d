import Glibc
import System

/// Which file a path leads to (stat(2)): two are the same file when these are equal.
struct FileIdentity: Equatable {
    private let device: dev_t
    private let inode: ino_t

    init(ofPath path: String) throws(EndpointError) {
        var status = stat()
        guard lstat(path, &status) == 0 else {
            throw EndpointError.system(call: "lstat", path: path, errno: errno)
        }
        (device, inode) = (status.st_dev, status.st_ino)
    }
}

/// Keeps two servers that start at the same time from both taking the same stale socket: flock(2) on its directory.
struct DirectoryLock {
    private static let patience: (attempts: Int, microseconds: UInt32) = (200, 10_000)
    private let descriptor: Int32

    init(_ directory: String) throws(EndpointError) {
        descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw EndpointError.system(call: "open", path: directory, errno: errno) }
        var attempts = Self.patience.attempts
        while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            let code = errno
            attempts -= 1
            guard code == EWOULDBLOCK || code == EINTR, attempts > 0 else {
                _ = close(descriptor)
                throw code == EWOULDBLOCK
                    ? EndpointError.locked(directory: directory)
                    : EndpointError.system(call: "flock", path: directory, errno: code)
            }
            usleep(Self.patience.microseconds)
        }
    }

    func release() { _ = close(descriptor) }
}

enum Directory {
    /// Makes `path` and the directories above it, as far as they are missing, with mode 0750.
    static func make(_ path: String) throws(EndpointError) {
        if mkdir(path, 0o750) == 0 || errno == EEXIST { return }
        guard errno == ENOENT, let slash = path.lastIndex(of: "/"), slash != path.startIndex else {
            throw EndpointError.system(call: "mkdir", path: path, errno: errno)
        }
        try make(String(path[..<slash]))
        guard mkdir(path, 0o750) == 0 || errno == EEXIST else {
            throw EndpointError.system(call: "mkdir", path: path, errno: errno)
        }
    }
}
