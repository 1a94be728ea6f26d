import Glibc

/// Owns a file descriptor and closes it.
struct Descriptor: ~Copyable {
    let number: Int32

    /// open(2) with O_CLOEXEC.
    init(opening path: String, _ flags: Int32, mode: mode_t = 0) throws(SystemCallError) {
        number = open(path, flags | O_CLOEXEC, mode)
        guard number >= 0 else { throw .current("open", path) }
    }

    deinit {
        if number >= 0 { _ = close(number) }
    }

    /// Reads until the end, at most `limit` bytes.
    func read(atMost limit: Int, path: String) throws(SystemCallError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: limit)
        var filled = 0
        while filled < limit {
            let got = bytes.withUnsafeMutableBytes { buffer in
                Glibc.read(number, buffer.baseAddress?.advanced(by: filled), limit - filled)
            }
            if got < 0, errno == EINTR { continue }
            guard got >= 0 else { throw .current("read", path) }
            guard got > 0 else { break }
            filled += got
        }
        bytes.removeLast(limit - filled)
        return bytes
    }

    /// Writes all of `bytes`, however many write(2) calls that takes.
    static func write(_ bytes: [UInt8], to number: Int32, path: String) throws(SystemCallError) {
        var done = 0
        while done < bytes.count {
            let put = bytes.withUnsafeBytes { buffer in
                Glibc.write(number, buffer.baseAddress?.advanced(by: done), bytes.count - done)
            }
            if put < 0, errno == EINTR { continue }
            guard put >= 0 else { throw .current("write", path) }
            done += put
        }
    }
}
