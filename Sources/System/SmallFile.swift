import Glibc

/// Whole small files: the configuration, a metrics page.
public enum SmallFile {
    /// Why a file could not be taken.
    public enum Refusal: Error, Sendable, Hashable {
        /// A system call failed.
        case system(SystemCallError)
        /// It is a directory, a device or a pipe.
        case notRegular(path: String)
        /// It is larger than the limit.
        case tooLarge(path: String, limit: Int)
    }

    /// Reads the regular file at `path`, of at most `limit` bytes, and says which version of it that was.
    public static func read(_ path: String, limit: Int) throws(Refusal) -> (bytes: [UInt8], FileFingerprint) {
        try refusing {
            // Without O_NONBLOCK a pipe in the file's place would hold the caller for good.
            let descriptor = try FileDescriptor(opening: path, O_RDONLY | O_NONBLOCK)
            var status = stat()
            guard fstat(descriptor.number, &status) == 0 else { throw SystemCallError("fstat", on: path) }
            guard status.st_mode & S_IFMT == S_IFREG else { throw Refusal.notRegular(path: path) }
            guard status.st_size <= limit else { throw Refusal.tooLarge(path: path, limit: limit) }
            let bytes = try descriptor.read(atMost: Int(status.st_size) + 1, path: path)
            guard bytes.count <= limit else { throw Refusal.tooLarge(path: path, limit: limit) }
            return (bytes, FileFingerprint(status))
        }
    }

    /// Reads all of `path`, which may be a pipe: for what the user of a command names, who can interrupt it.
    public static func readAnything(_ path: String, limit: Int) throws(Refusal) -> [UInt8] {
        try refusing {
            let descriptor = try FileDescriptor(opening: path, O_RDONLY)
            var bytes: [UInt8] = []
            while true {
                let piece = try descriptor.read(atMost: 1 << 20, path: path)
                guard !piece.isEmpty else { return bytes }
                bytes += piece
                guard bytes.count <= limit else { throw Refusal.tooLarge(path: path, limit: limit) }
            }
        }
    }

    /// Runs `body`, which throws a ``Refusal`` or a ``SystemCallError``.
    private static func refusing<Value>(_ body: () throws -> Value) throws(Refusal) -> Value {
        do {
            return try body()
        } catch let refusal as Refusal {
            throw refusal
        } catch let error as SystemCallError {
            throw .system(error)
        } catch {
            preconditionFailure("no other error is thrown above: \(error)")
        }
    }

    /// Puts `bytes` at `path` in one step: readers see the old file or the new one, never a part (rename(2)).
    /// The file is readable by all; nothing secret belongs in it.
    public static func replace(_ path: String, with bytes: [UInt8]) throws(SystemCallError) {
        let draft = "\(path).\(getpid()).tmp"
        do {
            let descriptor = try FileDescriptor(opening: draft, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, mode: 0o644)
            try descriptor.write(bytes, path: draft)
        } catch {
            unlink(draft)
            throw error
        }
        guard rename(draft, path) == 0 else {
            let error = SystemCallError("rename", on: path)
            unlink(draft)
            throw error
        }
    }

    /// Removes the file, if it is there.
    public static func remove(_ path: String) {
        unlink(path)
    }
}

extension SmallFile.Refusal: CustomStringConvertible {
    /// A sentence that names the file.
    public var description: String {
        switch self {
        case .system(let error): error.description
        case .notRegular(let path): "\(path) is not a regular file"
        case .tooLarge(let path, let limit): "\(path) is larger than \(limit) bytes"
        }
    }
}
