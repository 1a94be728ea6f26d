import CLinux
import Glibc
import Volumes

extension LinuxNodeMounts {
    /// Binds the staged volume to the target; the same bind already there is a success. A bind there of a file system
    /// that is dead is taken off and made anew.
    public func publish(_ request: PublishRequest) async throws {
        let stagingPath = try MountPath(request.stagingPath, field: "staging_target_path")
        let targetPath = try MountPath(request.targetPath, field: "target_path")
        guard stagingPath.text != targetPath.text else {
            throw VolumeError.invalid(field: "target_path", fix: "must differ from staging_target_path")
        }
        let label = "publish of \(request.volumeID)"
        let pool = threadsToMount(cluster(of: request.volumeID, at: stagingPath))
        try await perform(label, on: pool, alone: stagingPath.text, targetPath.text) { [self] stop in
            let stage = try liveStage(at: stagingPath, request, stop)
            try former?.putBack(for: stage.path, stage: stage.root)
            try bind(stage, to: MountTarget(existing: targetPath), request, stop)
        }
    }

    /// Unbinds the target and removes its directory; never anything in it.
    public func unpublish(volumeID: String, targetPath: String) async throws {
        let path = try MountPath(targetPath, field: "target_path")
        let pool = threadsToUnmount(cluster(of: volumeID, at: path))
        try await perform("unpublish of \(volumeID)", on: pool, alone: path.text) { [self] stop in
            guard let target = try MountTarget(path), try target.open() != nil else { return }
            try takeOff(target, stop)
            former?.takeOffUnpublished()
            guard try target.remove() else {
                throw VolumeError.preconditionFailed(
                    "\(target.path.debugDescription) holds files of this node, not of the volume: move them away"
                )
            }
        }
    }

    private typealias Stage = (path: String, entry: MountEntry, root: Descriptor)

    /// The stage, made anew first when it is dead and the request brings what that takes.
    private func liveStage(at path: MountPath, _ request: PublishRequest, _ stop: StopSignal) throws -> Stage {
        if let stage = try stage(at: path) { return stage }
        guard var restage = request.restage() else {
            throw VolumeError.preconditionFailed(
                "the mount at staging_target_path \(path.text.debugDescription) is dead: stage the volume again"
            )
        }
        restage.stagingPath = request.stagingPath
        let checked = try checked(restage)
        log(.warning, "the mount at \(path.text) is dead; \(restage.volumeID) is staged again")
        try self.stage(checked, at: MountTarget(existing: path), stop)
        guard let stage = try stage(at: path) else {
            throw VolumeError.unavailable("the new mount at \(path.text.debugDescription) died at once")
        }
        return stage
    }

    /// What is mounted at the staging path; nil when it is dead.
    private func stage(at path: MountPath) throws -> Stage? {
        guard let target = try MountTarget(path), let (entry, root) = try target.mounted() else {
            throw VolumeError.preconditionFailed(
                "nothing is mounted at staging_target_path \(path.text.debugDescription): stage the volume first"
            )
        }
        return try isAlive(root, type: entry.type) ? (target.path, entry, root) : nil
    }

    private func bind(_ stage: Stage, to target: MountTarget, _ request: PublishRequest, _ stop: StopSignal) throws {
        let isReadOnly = request.readOnly || stage.entry.isReadOnly
        switch try target.occupation() {
        case .live(let entry): return try compare(entry, with: stage.entry, isReadOnly: isReadOnly)
        case .dead(let entry) where !entry.isCephFS: throw foreign(entry, stage.entry)
        case .dead: try target.unmountAll()
        case .nothing: break
        }
        if request.exclusive,
            let other = try otherMounts(of: stage.entry, staged: stage.path, target: target.path).first
        {
            throw VolumeError.preconditionFailed(
                "the volume is published at \(other.mountPoint.debugDescription), and its access mode allows one "
                    + "target only"
            )
        }
        try stop.check()
        // The mount is complete before anybody sees it: a bind that is made read-only in its place would be writable
        // for a moment, and for good if the plugin is killed in between.
        let mount = try Descriptor(linux_clone_mount(stage.root.number), call: "open_tree", on: stage.path)
        if isReadOnly, linux_make_mount_readonly(mount.number) != 0 {
            throw SystemCallError("mount_setattr", on: target.path)
        }
        let isNew = try target.make()
        do {
            try target.attach(mount)
        } catch {
            if isNew { _ = try? target.remove() }
            throw error
        }
    }

    private func compare(_ entry: MountEntry, with stage: MountEntry, isReadOnly: Bool) throws {
        guard entry.device == stage.device, entry.root == stage.root else {
            throw foreign(entry, stage)
        }
        guard entry.isReadOnly == isReadOnly else {
            throw VolumeError.alreadyExists(
                conflict: "the volume is published \(entry.isReadOnly ? "read-only" : "for writing") at target_path, "
                    + "the request wants the opposite"
            )
        }
    }

    private func foreign(_ entry: MountEntry, _ stage: MountEntry) -> VolumeError {
        .alreadyExists(
            conflict: "target_path has \(entry.source.debugDescription) (\(entry.type)) mounted, the volume is "
                + "\(stage.source.debugDescription)"
        )
    }
}
