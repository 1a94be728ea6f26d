import CLinux
import Glibc

/// A ceph-fuse process found in /proc by the mount point in its arguments, whichever life of the plugin started it.
struct ServingProcess: Sendable {
    let pid: pid_t
    private let handle: Descriptor

    /// All that serve `mountPoint`. A process that has ended but is not reaped yet is not among them.
    static func all(serving mountPoint: String) throws -> [ServingProcess] {
        try pids().compactMap { pid in
            guard serves(pid, mountPoint),
                let handle = try? Descriptor(linux_pidfd_open(pid), call: "pidfd_open", on: "")
            else { return nil }
            // The id may have passed to another process before the handle was opened, but not since.
            return serves(pid, mountPoint) ? ServingProcess(pid: pid, handle: handle) : nil
        }
    }

    /// Waits for its end; false when `milliseconds` were not enough.
    func hasEnded(within milliseconds: Int32) -> Bool {
        var query = pollfd(fd: handle.number, events: Int16(POLLIN), revents: 0)
        return poll(&query, 1, milliseconds) == 1
    }

    /// Asks it to unmount, write back and end.
    func terminate() {
        _ = linux_pidfd_send_signal(handle.number, SIGTERM)
    }

    private static func serves(_ pid: pid_t, _ mountPoint: String) -> Bool {
        // A process may end between listing and reading.
        guard let content = try? File.read("/proc/\(pid)/cmdline") else { return false }
        let arguments = content.split(separator: 0)
        return arguments.contains { $0.elementsEqual(mountPoint.utf8) }
            && arguments.contains { $0.elementsEqual(CephFuseCommand.keyfile.utf8) }
    }

    private static func pids() throws -> [pid_t] {
        guard let directory = opendir("/proc") else { throw SystemCallError("opendir", on: "/proc") }
        defer { closedir(directory) }
        var result: [pid_t] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if let pid = pid_t(name) { result.append(pid) }
        }
        return result
    }
}
