import Bytes
import Glibc
import System

/// The way out of the container's cgroups: the container's end takes every process in them with it, and a new pod can't
/// be made while one is left.
///
/// Moved to the root of each hierarchy that is mounted here from its root (cgroups(7)): v1 has one for each controller,
/// v2 one for all. Roots take processes whatever else is in them, need no set-up (cpuset's do), leave nothing to remove,
/// and are open to root by their mode.
struct HostCgroups: Sendable {
    /// `cgroup.procs` of each hierarchy's root where this process is somewhere below.
    let doors: [String]
    /// The hierarchies, as /proc/self/cgroup names them, whose root is not seen from here.
    let closed: [String]

    /// - Parameters:
    ///   - membership: the text of /proc/self/cgroup: `4:memory:/kubepods/pod1` of v1, `0::/kubepods/pod1` of v2.
    ///   - table: where hierarchies are mounted.
    init(membership: String, table: MountTable) {
        var doors: [String] = []
        var closed: [String] = []
        for line in membership.split(byte: "\n") {
            let fields = line.split(byte: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard fields.count == 3, fields[2] != "/" || Self.isHidden(fields, table) else { continue }
            let root = table.entries.last { Self.shows($0, fields) && $0.root == "/" && !$0.isReadOnly }
            if let root {
                doors.append(root.mountPoint + "/cgroup.procs")
            } else {
                closed.append(String(line))
            }
        }
        self.doors = doors
        self.closed = closed
    }

    init() throws {
        self.init(
            membership: String(decoding: try KernelFile.read("/proc/self/cgroup"), as: UTF8.self),
            table: try MountTable.current()
        )
    }

    /// Whether `entry` is a mount of the hierarchy of a line of /proc/self/cgroup.
    private static func shows(_ entry: MountEntry, _ fields: [Substring]) -> Bool {
        if fields[0] == "0", fields[1].isEmpty { return entry.type == "cgroup2" }
        return entry.type == "cgroup"
            && fields[1].split(byte: ",").allSatisfy { controller in
                entry.superOptions.contains { $0 == controller }
            }
    }

    /// Whether `/` is only what a cgroup namespace shows: the mount's root lies above it then (`/..`).
    private static func isHidden(_ fields: [Substring], _ table: MountTable) -> Bool {
        table.entries.contains { shows($0, fields) && $0.root.begins(with: "/..") }
    }

    /// Moves a process there.
    ///
    /// - Throws: ``SystemCallError``; the process may have left some hierarchies then.
    func move(_ pid: pid_t) throws {
        for door in doors {
            let file = try FileDescriptor(open(door, O_WRONLY | O_CLOEXEC), call: "open", on: door)
            let text = Array("\(pid)\n".utf8)
            guard write(file.number, text, text.count) == text.count else { throw SystemCallError("write", on: door) }
        }
        if let first = closed.first { throw SystemCallError("mount", errno: ENOENT, on: "cgroup hierarchy \(first)") }
    }
}
