import Bytes
import CLinux
import Glibc
import System
import Volumes

extension LinuxNodeMounts {
    /// Usage and condition at a published target or a staging path. A file system that hangs holds up calls for its path
    /// alone, and those for ``MountingOptions/statisticsPatience`` only.
    public func statistics(volumeID: String, path: String) async throws -> VolumeStatistics {
        let path = try MountPath(path, field: "volume_path")
        do {
            let label = "statistics of \(volumeID)"
            let look = try await looks.look(
                at: ByteText(path.text),
                of: cluster(of: volumeID, at: path),
                label,
                patience: options.statisticsPatience
            ) { [self] in try stranded.watching { try statistics(at: path) } }
            switch look {
            case .seen(let statistics): return statistics
            case .hangs: return Self.silent(path, options.statisticsPatience)
            case .queued:
                throw VolumeError.unavailable(
                    "\(path.text.debugDescription) was not checked: every thread for that waits for another mount that "
                        + "does not answer"
                )
            }
        } catch let error as SystemCallError {
            throw error.volumeError
        }
    }

    private static func silent(_ path: MountPath, _ patience: Duration) -> VolumeStatistics {
        abnormal(
            "the mount at \(path.text.debugDescription) does not answer within \(patience): it continues when the "
                + "cluster answers; check `ceph status` and at this node's network"
        )
    }

    private func statistics(at path: MountPath) throws -> VolumeStatistics {
        guard let target = try MountTarget(path), let (entry, root) = try copy(of: target) else {
            throw VolumeError.notFound("nothing is mounted at volume_path \(path.text.debugDescription)")
        }
        do {
            let usage = try usage(of: root, at: target.path)
            guard entry.isCephFS else {
                let message =
                    "\(target.path.debugDescription) has \(entry.source.debugDescription) (\(entry.type)) mounted, "
                    + "which is not CephFS: unmount it, and delete the pod so that the volume is published again"
                return VolumeStatistics(usage: usage, condition: VolumeCondition(isAbnormal: true, message: message))
            }
            return VolumeStatistics(
                usage: usage,
                condition: VolumeCondition(isAbnormal: false, message: "the volume is mounted and answers")
            )
        } catch let error as SystemCallError where error.meansDead(type: entry.type) {
            return Self.abnormal(
                "the mount at \(target.path.debugDescription) is dead (\(error)): delete the pod, so that the volume is "
                    + "published again by a new mount"
            )
        } catch let error as SystemCallError where entry.isCephFS && error.isRefusedByServer {
            return Self.abnormal(
                "the metadata server refuses the mount at \(target.path.debugDescription) (\(error)): the volume was deleted under "
                    + "it, or the caps of its user were changed; delete the pod, or restore the volume"
            )
        }
    }

    /// What is mounted, and the root of a detached copy of it: a look that hangs then keeps the file system in use, but not
    /// the mount at the path, which can still be taken off.
    private func copy(of target: MountTarget) throws -> (entry: MountEntry, root: FileDescriptor)? {
        guard let (entry, root) = try target.mounted() else { return nil }
        return (entry, try FileDescriptor(linux_clone_mount(root.number), call: "open_tree", on: target.path))
    }

    private static func abnormal(_ message: String) -> VolumeStatistics {
        VolumeStatistics(usage: nil, condition: VolumeCondition(isAbnormal: true, message: message))
    }

    private func usage(of root: FileDescriptor, at path: String) throws -> VolumeUsage {
        // The entries first: statfs(2) alone would report an evicted client's memories.
        let entries = try recursiveEntries(of: root)
        var figures = statvfs()
        guard fstatvfs(root.number, &figures) == 0 else { throw SystemCallError("fstatvfs", on: path) }
        let total = bytes(figures.f_blocks, of: figures.f_frsize)
        return VolumeUsage(
            totalBytes: total,
            usedBytes: total - bytes(figures.f_bfree, of: figures.f_frsize),
            availableBytes: bytes(figures.f_bavail, of: figures.f_frsize),
            usedInodes: entries ?? Int64(clamping: figures.f_files - min(figures.f_ffree, figures.f_files))
        )
    }

    /// Blocks in bytes; file systems without a limit report figures that overflow.
    private func bytes(_ blocks: UInt, of size: UInt) -> Int64 {
        let (product, overflow) = blocks.multipliedReportingOverflow(by: size)
        return overflow ? .max : Int64(clamping: product)
    }
}
