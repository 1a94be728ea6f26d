import Bytes
import CLinux
import Glibc
import System

/// A process found in /proc by its arguments: a ceph-fuse by its mount point, whichever life of the plugin started it.
struct ServingProcess: Sendable {
    let pid: pid_t
    private let handle: FileDescriptor

    /// All that serve `mountPoint`. A process that has ended but is not reaped yet is not among them.
    static func all(serving mountPoint: String) throws -> [ServingProcess] {
        try all { arguments in
            arguments.contains { $0.elementsEqual(mountPoint.utf8) }
                && arguments.contains { $0.elementsEqual(CephFuseCommand.keyfile.utf8) }
        }
    }

    /// All processes with such arguments.
    static func all(where matches: (_ arguments: [ArraySlice<UInt8>]) -> Bool) throws -> [ServingProcess] {
        try pids().compactMap { pid in
            guard arguments(of: pid).map(matches) == true,
                let handle = try? FileDescriptor(linux_pidfd_open(pid), call: "pidfd_open", on: "")
            else { return nil }
            // The id may have passed to another process before the handle was opened, but not since.
            return arguments(of: pid).map(matches) == true ? ServingProcess(pid: pid, handle: handle) : nil
        }
    }

    /// Its command line; nil once it has ended.
    var arguments: [ArraySlice<UInt8>]? { Self.arguments(of: pid) }

    /// Waits for its end; false when `milliseconds` were not enough.
    func hasEnded(within milliseconds: Int32) -> Bool {
        var query = pollfd(fd: handle.number, events: Int16(POLLIN), revents: 0)
        return poll(&query, 1, milliseconds) == 1
    }

    /// Asks it to unmount, write back and end.
    func terminate() {
        _ = linux_pidfd_send_signal(handle.number, SIGTERM)
    }

    /// SIGKILL; never for a ceph-fuse, which would lose data.
    func kill() {
        _ = linux_pidfd_send_signal(handle.number, SIGKILL)
    }

    /// Whether it is up, so that an unmount or a SIGTERM makes it say goodbye to the cluster and end. Before, either leaves
    /// its session and its capabilities at the MDS.
    ///
    /// ceph-fuse handles the signal from when it has mounted the file system (SigCgt in proc(5), /proc/pid/status). Its
    /// thread `tester` then remounts the mount point once, and aborts the process when that fails.
    var isUp: Bool { Self.isUp(pid) }

    /// The same for a process of that id.
    static func isUp(_ pid: pid_t) -> Bool { handlesTermination(pid) && !isTesting(pid) }

    /// Whether it began less than 3 s ago, so that its thread `tester` may still be about to begin or to take its name.
    var isYoung: Bool {
        guard let content = try? KernelFile.read("/proc/\(pid)/stat"),
            let end = content.lastIndex(of: UInt8(ascii: ")"))
        else { return false }
        // The state comes first, and starttime 19 fields later, in ticks since the start of the machine (proc(5)).
        let fields = content[content.index(after: end)...].split(separator: UInt8(ascii: " "))
        var now = timespec()
        guard fields.count > 19, let ticks = Int(String(decoding: fields[19], as: UTF8.self)),
            clock_gettime(CLOCK_BOOTTIME, &now) == 0
        else { return false }
        return now.tv_sec - ticks / sysconf(Int32(_SC_CLK_TCK)) < 3
    }

    private static func isTesting(_ pid: pid_t) -> Bool {
        let threads = (try? Directory.names(in: "/proc/\(pid)/task")) ?? []
        return threads.contains { thread in
            (try? KernelFile.read("/proc/\(pid)/task/\(thread)/comm"))?.elementsEqual("tester\n".utf8) ?? false
        }
    }

    private static func handlesTermination(_ pid: pid_t) -> Bool {
        guard let content = try? KernelFile.read("/proc/\(pid)/status") else { return false }
        for line in content.split(separator: UInt8(ascii: "\n")) where line.starts(with: "SigCgt:".utf8) {
            let digits = line.dropFirst(7).filter { $0 != UInt8(ascii: "\t") && $0 != UInt8(ascii: " ") }
            guard let mask = UInt64(String(decoding: digits, as: UTF8.self), radix: 16) else { return false }
            return mask & (1 << UInt64(SIGTERM - 1)) != 0
        }
        return false
    }

    /// What its own mount namespace has at `path`; nil when that has nothing there or can't be read.
    func mount(at path: String) -> MountEntry? {
        guard let content = try? KernelFile.read("/proc/\(pid)/mountinfo") else { return nil }
        return MountTable(parsing: String(decoding: content, as: UTF8.self)).entries.last {
            $0.mountPoint.isSame(as: path)
        }
    }

    private static func arguments(of pid: pid_t) -> [ArraySlice<UInt8>]? {
        // A process may end between listing and reading.
        try? KernelFile.read("/proc/\(pid)/cmdline").split(separator: 0)
    }

    private static func pids() throws -> [pid_t] {
        try Directory.names(in: "/proc").compactMap { pid_t($0) }
    }
}
