import Bytes
import CLinux
import Glibc

/// A file descriptor that is closed when its last user lets go.
final class Descriptor: Sendable {
    let number: Int32

    /// Takes `number` over; -1 becomes the error that errno holds.
    init(_ number: Int32, call: StaticString, on subject: String) throws(SystemCallError) {
        guard number >= 0 else { throw SystemCallError(call, on: subject) }
        self.number = number
    }

    deinit {
        close(number)
    }

    /// Opens `path` for reading.
    convenience init(reading path: String) throws(SystemCallError) {
        try self.init(open(path, O_RDONLY | O_CLOEXEC), call: "open", on: path)
    }

    /// The id of the mount that the descriptor is on. Asks the kernel alone, never the file system.
    func mountID() throws -> Int {
        let path = "/proc/self/fdinfo/\(number)"
        let info = String(decoding: try File.read(path), as: UTF8.self)
        for line in info.split(byte: "\n") where line.begins(with: "mnt_id:") {
            if let id = Int(line.dropFirst(7).filter { $0 != "\t" && $0 != " " }) { return id }
        }
        throw SystemCallError("read", errno: EINVAL, on: path)
    }

    /// The path that the kernel knows the descriptor by, with no symbolic link in it.
    func path() throws(SystemCallError) -> String {
        let link = "/proc/self/fd/\(number)"
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let length = readlink(link, &buffer, buffer.count)
        guard length >= 0 else { throw SystemCallError("readlink", on: link) }
        return String(decoding: buffer.prefix(length).map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}

/// Lists of directories.
enum Directory {
    /// The names in the directory at `path`, without `.` and `..`.
    static func names(in path: String) throws -> [String] {
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

/// Small files of /proc.
enum File {
    /// All bytes of the file at `path`.
    static func read(_ path: String) throws -> [UInt8] {
        let file = try Descriptor(reading: path)
        var content: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = Glibc.read(file.number, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw SystemCallError("read", on: path) }
            guard count > 0 else { return content }
            content.append(contentsOf: buffer.prefix(count))
        }
    }
}
