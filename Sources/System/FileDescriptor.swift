import Bytes
import CLinux
import Glibc

/// A file descriptor that is closed when its last user lets go of it.
public final class FileDescriptor: Sendable {
    /// The number, valid as long as this object is.
    public let number: Int32

    /// Takes `number` over.
    ///
    /// - Throws: when it is -1, the error that errno holds.
    public init(_ number: Int32, call: StaticString, on subject: String) throws(SystemCallError) {
        guard number >= 0 else { throw SystemCallError(call, on: subject) }
        self.number = number
    }

    /// open(2) with O_CLOEXEC.
    public convenience init(opening path: String, _ flags: Int32, mode: mode_t = 0) throws(SystemCallError) {
        try self.init(open(path, flags | O_CLOEXEC, mode), call: "open", on: path)
    }

    deinit {
        close(number)
    }

    /// Reads until the end, at most `limit` bytes (read(2)).
    ///
    /// - Parameter path: what errors name.
    public func read(atMost limit: Int, path: String) throws(SystemCallError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: limit)
        var filled = 0
        while filled < limit {
            let got = bytes.withUnsafeMutableBytes { buffer in
                Glibc.read(number, buffer.baseAddress?.advanced(by: filled), limit - filled)
            }
            if got < 0, errno == EINTR { continue }
            guard got >= 0 else { throw SystemCallError("read", on: path) }
            guard got > 0 else { break }
            filled += got
        }
        bytes.removeLast(limit - filled)
        return bytes
    }

    /// Writes all of `bytes`, however many write(2) calls that takes.
    ///
    /// - Parameter path: what errors name.
    public func write(_ bytes: [UInt8], path: String) throws(SystemCallError) {
        try Self.write(bytes, to: number, path: path)
    }

    /// Writes all of `bytes` to a descriptor that nobody owns.
    static func write(_ bytes: [UInt8], to number: Int32, path: String) throws(SystemCallError) {
        var done = 0
        while done < bytes.count {
            let put = bytes.withUnsafeBytes { buffer in
                Glibc.write(number, buffer.baseAddress?.advanced(by: done), bytes.count - done)
            }
            if put < 0, errno == EINTR { continue }
            guard put >= 0 else { throw SystemCallError("write", on: path) }
            done += put
        }
    }

    /// The id of the mount that the descriptor is on (proc(5), fdinfo). Asks the kernel alone, never the file system.
    public func mountID() throws(SystemCallError) -> Int {
        let path = "/proc/self/fdinfo/\(number)"
        let info = String(decoding: try KernelFile.read(path), as: UTF8.self)
        for line in info.split(byte: "\n") where line.begins(with: "mnt_id:") {
            if let id = Int(line.dropFirst(7).filter { $0 != "\t" && $0 != " " }) { return id }
        }
        throw SystemCallError("read", errno: EINVAL, on: path)
    }

    /// The path that the kernel knows the descriptor by, with no symbolic link in it.
    public func path() throws(SystemCallError) -> String {
        let link = "/proc/self/fd/\(number)"
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let length = readlink(link, &buffer, buffer.count)
        guard length >= 0 else { throw SystemCallError("readlink", on: link) }
        return String(decoding: buffer.prefix(length).map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}
