import Glibc

/// What the kernel counts for this process, as Prometheus's `process_*` metrics want it.
public struct ProcessFigures: Sendable, Hashable {
    /// Resident memory in bytes; shared file pages included (/proc/self/statm).
    public let residentBytes: Int64
    /// Processor time in seconds, user and system (getrusage(2)).
    public let processorSeconds: Double
    /// Threads (/proc/self/stat, field 20).
    public let threads: Int64

    /// This process's figures now; nil without /proc.
    public static func current() -> ProcessFigures? {
        guard let memory = fields(of: "/proc/self/statm"), memory.count > 1, let pages = Int64(memory[1]),
            // The second field, the program's name in parentheses, has no space in it here.
            let status = fields(of: "/proc/self/stat"), status.count > 19, let threads = Int64(status[19])
        else { return nil }
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        let microseconds = Int64(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec)
        let seconds = Int64(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec)
        return ProcessFigures(
            residentBytes: pages * Int64(sysconf(Int32(_SC_PAGESIZE))),
            processorSeconds: Double(seconds) + Double(microseconds) / 1e6,
            threads: threads
        )
    }

    private static func fields(of path: String) -> [Substring]? {
        guard let file = try? FileDescriptor(opening: path, O_RDONLY),
            let bytes = try? file.read(atMost: 1024, path: path)
        else { return nil }
        return String(decoding: bytes, as: UTF8.self).split { $0 == " " || $0 == "\n" }
    }
}
