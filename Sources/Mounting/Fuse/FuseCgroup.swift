import Glibc
import System

/// A cgroup for each ceph-fuse, below one that is not the container's own: a container that ends takes every process of
/// its cgroup with it, and with a ceph-fuse the mounts of all pods that use its volume.
struct FuseCgroup: Sendable {
    /// A directory of cgroup v2 (Documentation/admin-guide/cgroup-v2.rst), on the host.
    let directory: String
    let log: MountingLog

    /// Moves the process to the cgroup of `home`, and only says so when that fails: the mount works all the same, as
    /// long as the container lives.
    func adopt(_ pid: pid_t, home: MountTarget) {
        let path = child(home)
        guard mkdir(path, 0o755) == 0 || errno == EEXIST else { return warn(pid, SystemCallError("mkdir", on: path)) }
        let list = "\(path)/cgroup.procs"
        let file = open(list, O_WRONLY | O_CLOEXEC)
        guard file >= 0 else { return warn(pid, SystemCallError("open", on: list)) }
        defer { close(file) }
        let text = Array("\(pid)\n".utf8)
        guard write(file, text, text.count) == text.count else { return warn(pid, SystemCallError("write", on: list)) }
    }

    /// Removes the cgroup of `home`, whose process has ended; one that is not there is none to remove.
    func drop(_ home: MountTarget) {
        let path = child(home)
        // A process leaves its cgroup a moment after its end can be seen.
        for _ in 0..<20 where rmdir(path) != 0 && errno == EBUSY { usleep(10_000) }
    }

    private func child(_ home: MountTarget) -> String { "\(directory)/\(home.requested.name)" }

    private func warn(_ pid: pid_t, _ error: SystemCallError) {
        log(
            .warning,
            "ceph-fuse (process \(pid)) stays in the plugin's own cgroup and will end with its container: \(error)"
        )
    }
}
