import CLinux
import Glibc
import System
import Volumes

extension LinuxNodeMounts {
    /// Takes away what earlier versions left where the host sees it, and says so when this version's own mounts would
    /// be seen there too. Calls need not wait for it.
    public func prepare() async {
        // A thread of its own would be none of the pool's: a call of the kubelet's comes first.
        let pool = threadsToUnmount("")
        try? await perform("clean-up of earlier versions' mounts", on: pool, alone: options.runDirectory) { [self] _ in
            warnOfSharedRunDirectory()
            former?.takeAwayUnused()
        }
    }

    /// Waits until the calls that nobody waits for any more have ended what they started: a ceph-fuse that is starting would
    /// die with the container and leave its session at the MDS. Not for longer than `patience`.
    public func close(patience: Duration) async {
        let deadline = ContinuousClock.now + patience
        while isBusy, ContinuousClock.now < deadline { try? await Task.sleep(for: .milliseconds(20)) }
    }

    private func warnOfSharedRunDirectory() {
        do {
            try Directory.makePrivate(options.runDirectory)
            let descriptor = linux_open_directory(AT_FDCWD, options.runDirectory)
            let directory = try FileDescriptor(descriptor, call: "openat2", on: options.runDirectory)
            guard let mount = try MountTable.current().mount(id: directory.mountID()), mount.isShared else { return }
            log(
                .warning,
                "--run-dir \(options.runDirectory) is on the shared mount \(mount.mountPoint): a kubelet that sees "
                    + "the plugin's own mounts never unstages a volume; give a directory with mounts that do not "
                    + "propagate, such as one in an emptyDir"
            )
        } catch {
            log(.warning, "--run-dir \(options.runDirectory) can't be used: \(error)")
        }
    }
}
