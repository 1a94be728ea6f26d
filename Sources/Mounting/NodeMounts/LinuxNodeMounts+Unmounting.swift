import Glibc
import Volumes

extension LinuxNodeMounts {
    /// Takes everything off `target` that is the volume's. When that ends a file system of the kernel's client, its data is written back
    /// before, for as long as the options allow: without that the unmount itself would wait, where nothing can be done
    /// about it.
    ///
    /// - Throws: ``VolumeError/unavailable(_:)`` while data is still being written back; a later call goes on waiting.
    ///   ``VolumeError/preconditionFailed(_:)`` at a mount that is not the volume's.
    func takeOff(_ target: MountTarget, of volumeID: String, _ stop: StopSignal) throws {
        if let entry = try target.mounted()?.entry {
            try check(entry, at: target, isOf: volumeID)
            try writeBack(target, stop)
            try target.unmountAll { try check($0, at: target, isOf: volumeID) }
        }
        records.forget(target.path)
    }

    private func writeBack(_ target: MountTarget, _ stop: StopSignal) throws {
        // No descriptor of the mount may be left in this call when it is taken off.
        guard let (entry, run) = try writingBack(target) else { return }
        let start = ContinuousClock.now
        while run.outcome == nil {
            try stop.check()
            if let limit = options.forceUnmountAfter, run.elapsed >= limit { return try force(target, entry, run) }
            guard start.duration(to: .now) < options.unmountTimeout else {
                throw VolumeError.unavailable(
                    "the data at \(target.path.debugDescription) is still being written back, since "
                        + "\(run.elapsed.components.seconds) s, and the cluster does not answer" + outlook
                )
            }
            usleep(10_000)
        }
        writeBacks.forget(entry)
    }

    private var outlook: String {
        options.forceUnmountAfter.map { "; after \($0.components.seconds) s the mount is unmounted by force" } ?? ""
    }

    private func writingBack(_ target: MountTarget) throws -> (MountEntry, WriteBacks.Run)? {
        guard let (entry, root) = try target.mounted(), entry.type == "ceph", try isLast(entry) else { return nil }
        return (entry, writeBacks.run(entry, root: root))
    }

    /// Whether no other mount keeps the file system of `entry` up. Copies of it by propagation go with it.
    private func isLast(_ entry: MountEntry) throws -> Bool {
        let table = try MountTable.current()
        let place = table.place(of: entry)
        return !table.entries.contains { $0.device == entry.device && table.place(of: $0) != place }
    }

    private func force(_ target: MountTarget, _ entry: MountEntry, _ run: WriteBacks.Run) throws {
        log(
            .warning,
            "the data at \(target.path) could not be written back within \(run.elapsed.components.seconds) s; the "
                + "mount is unmounted by force, and unwritten data is lost"
        )
        try target.abort()
        writeBacks.forget(entry)
    }
}
