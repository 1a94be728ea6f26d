import Glibc
import Synchronization

/// The process's standard error.
///
/// A command writes to it as any program does. A server calls ``neverBlock()`` first: from then on neither a reader
/// that has stopped reading nor one that is gone holds up or ends anything.
public enum StandardError {
    private static let writer = Mutex<LineWriter?>(nil)

    /// Sees to it that descriptors 0 to 2 are open and that a write to a pipe without a reader fails with EPIPE. To be
    /// called first in main: a file or connection that got the number of a closed standard error would be written
    /// into by the libraries.
    public static func prepare() {
        signal(SIGPIPE, SIG_IGN)
        for number in STDIN_FILENO...STDERR_FILENO where fcntl(number, F_GETFD) < 0 {
            // The lowest free number, which is this one.
            _ = open("/dev/null", O_RDWR)
        }
    }

    /// Makes standard error non-blocking, for what libraries write there by themselves too, and puts a bounded queue
    /// before it. Call it while the process has one thread.
    ///
    /// A pipe, terminal or other character device is opened once more (`/proc/self/fd/2`), so that others who share
    /// the caller's description of it keep theirs as it is. A socket can't be opened again and is made non-blocking
    /// itself. A regular file is written by a thread.
    public static func neverBlock() {
        let new = LineWriter(to: STDERR_FILENO, manner())
        writer.withLock { $0 = new }
    }

    private static func manner() -> LineWriter.Manner {
        var status = stat()
        guard fstat(STDERR_FILENO, &status) == 0 else { return .queued }
        switch status.st_mode & S_IFMT {
        case S_IFSOCK:
            _ = fcntl(STDERR_FILENO, F_SETFL, fcntl(STDERR_FILENO, F_GETFL) | O_NONBLOCK)
            return .socket
        case S_IFIFO, S_IFCHR:
            let again = open("/proc/self/fd/2", O_WRONLY | O_APPEND | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)
            guard again >= 0 else { return .queued }
            defer { _ = close(again) }
            return dup2(again, STDERR_FILENO) == STDERR_FILENO ? .direct : .queued
        default: return .queued
        }
    }

    /// Lines of this process that were dropped since ``neverBlock()``.
    public static var dropped: UInt64 { writer.withLock { $0 }?.dropped ?? 0 }

    /// Writes one line (or a few) in one write(2) where the kernel takes it whole, so that lines of several threads
    /// do not mix. What can't be written is lost, and counted after ``neverBlock()``.
    ///
    /// - Parameter announcing: makes the line that says how many were dropped before this one.
    public static func write(_ bytes: [UInt8], announcing: ((UInt64) -> [UInt8])? = nil) {
        if let writer = writer.withLock({ $0 }) {
            writer.write(bytes, announcing: announcing)
        } else {
            try? FileDescriptor.write(bytes, to: STDERR_FILENO, path: "stderr")
        }
    }

    /// Writes `text` as one line.
    public static func write(line text: String) {
        write(Array("\(text)\n".utf8))
    }

    /// Waits until what was queued is written, for the end of a process.
    public static func flush(atMost patience: Duration) {
        writer.withLock { $0 }?.flush(atMost: patience)
    }
}
