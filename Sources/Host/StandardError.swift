import Glibc

/// The process's standard error.
public enum StandardError {
    /// Writes one line (or a few) in one write(2) where the kernel takes it whole, so that lines of several threads
    /// do not mix. A closed or full standard error loses the line: there is nowhere left to say so.
    public static func write(_ bytes: [UInt8]) {
        try? Descriptor.write(bytes, to: STDERR_FILENO, path: "stderr")
    }

    /// Writes `text` as one line.
    public static func write(line text: String) {
        write(Array("\(text)\n".utf8))
    }
}
