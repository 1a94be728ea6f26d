import Bytes
import CLinux
import Glibc
import System
import Volumes

/// What earlier versions of the plugin left in their run directory, where the host sees it.
///
/// A kubelet asks for no unstage as long as it sees a mount of the volume beside the stage and the pods' targets, so
/// these mounts have to go before: at start, and when a volume's last target goes. While pods use a volume its
/// ceph-fuse needs its mount, for it remounts it and aborts when it can't.
struct FormerHomes: Sendable {
    let directory: String
    let fuse: FuseMounter
    let log: MountingLog

    /// Takes away what no pod uses, and waits for the processes that serve nothing any more.
    func takeAwayUnused() {
        takeAway { home, others, isKernels in
            if isKernels {
                // A place to pass through: nobody needs it once the call that mounted there is over.
                try home.detachAll()
                try home.remove()
            } else if others.isEmpty {
                try fuse.finish(home, StopSignal())
            } else {
                try home.unmountAll()
            }
        }
        _ = rmdir(directory)
    }

    /// Takes off the mounts of volumes that are staged and not published.
    func takeOffUnpublished() {
        takeAway { home, others, isKernels in
            if !isKernels, !others.isEmpty { try home.unmountAll() }
        }
    }

    /// Gives the ceph-fuse that serves the stage its mount back, before pods use it again.
    func putBack(for stagingPath: String, stage: FileDescriptor) throws {
        guard
            let home = try MountTarget(PrivateMountPoint.path(for: stagingPath, below: directory)),
            try home.mounted() == nil, try !ServingProcess.all(serving: home.path).isEmpty
        else { return }
        _ = try home.make()
        try home.attach(FileDescriptor(linux_clone_mount(stage.number), call: "open_tree", on: stagingPath))
    }

    /// Calls `body` for each place of a volume that no pod uses, with what else mounts the volume: nothing, or its stage.
    private func takeAway(_ body: (_ home: MountTarget, _ others: [MountEntry], _ isKernels: Bool) throws -> Void) {
        guard let names = try? Directory.names(in: directory) else { return }
        for name in names {
            do {
                let path = try MountPath("\(directory)/\(name)", field: "run directory")
                guard let home = try MountTarget(path) else { return }
                let isKernels = name.ends(with: KernelMounter.suffix)
                let others = try otherMounts(of: home)
                let isStaged = others.allSatisfy { PrivateMountPoint.name(for: $0.mountPoint) == name }
                if isStaged || isKernels { try body(home, others, isKernels) }
            } catch {
                log(.warning, "the mount at \(directory)/\(name), of an earlier version, stays: \(error)")
            }
        }
    }

    private func otherMounts(of home: MountTarget) throws -> [MountEntry] {
        guard let device = try home.mounted()?.entry.device else { return [] }
        return try MountTable.current().entries.filter { $0.device == device && !$0.mountPoint.isSame(as: home.path) }
    }
}
