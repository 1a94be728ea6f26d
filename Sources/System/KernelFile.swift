import Glibc

/// Files of /proc, whose size the kernel does not tell beforehand.
public enum KernelFile {
    /// All bytes of the file at `path`.
    public static func read(_ path: String) throws(SystemCallError) -> [UInt8] {
        let file = try FileDescriptor(opening: path, O_RDONLY)
        var content: [UInt8] = []
        while true {
            let piece = try file.read(atMost: 1 << 16, path: path)
            content += piece
            guard piece.count == 1 << 16 else { return content }
        }
    }
}
