import Glibc
import Volumes

extension LinuxNodeMounts {
    /// Usage at a published target or a staging path. A file system that hangs holds up calls for its path alone.
    public func statistics(volumeID: String, path: String) async throws -> VolumeStatistics {
        let path = try MountPath(path, field: "volume_path")
        // Apart from the locks of mounting: a hung file system can still be unmounted.
        return try await perform("usage of \(volumeID)", alone: "usage:" + path.text) { [self] _ in
            guard let target = try MountTarget(path), let (_, root) = try target.mounted() else {
                throw VolumeError.notFound("nothing is mounted at volume_path \(path.text.debugDescription)")
            }
            return VolumeStatistics(
                usage: try usage(of: root, at: target.path),
                condition: VolumeCondition(isAbnormal: false, message: "the volume is mounted and answers")
            )
        }
    }

    private func usage(of root: Descriptor, at path: String) throws -> VolumeUsage {
        do {
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
        } catch let error as SystemCallError where error.meansDead {
            throw VolumeError.unavailable("the mount at \(path.debugDescription) is dead: stage the volume again")
        }
    }

    /// Blocks in bytes; file systems without a limit report figures that overflow.
    private func bytes(_ blocks: UInt, of size: UInt) -> Int64 {
        let (product, overflow) = blocks.multipliedReportingOverflow(by: size)
        return overflow ? .max : Int64(clamping: product)
    }
}
