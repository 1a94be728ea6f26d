import Bytes
import CLinux
import Glibc
import System
import Volumes

extension LinuxNodeMounts {
    /// Binds the staged volume to the target; the same bind already there is a success. A bind there of a file system
    /// that is dead is taken off and made anew.
    public func publish(_ request: PublishRequest) async throws {
        let stagingPath = try MountPath(request.stagingPath, field: "staging_target_path")
        let targetPath = try MountPath(request.targetPath, field: "target_path")
        guard !stagingPath.text.isSame(as: targetPath.text) else {
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
            try takeOff(target, of: volumeID, stop)
            former?.takeOffUnpublished()
            guard try target.remove() else {
                throw VolumeError.preconditionFailed(
                    "\(target.path.debugDescription) holds files of this node, not of the volume: move them away"
                )
            }
        }
    }

    private typealias Stage = (path: String, entry: MountEntry, root: FileDescriptor)

    /// The stage, made anew first when it is dead and the request brings what that takes.
    private func liveStage(at path: MountPath, _ request: PublishRequest, _ stop: StopSignal) throws -> Stage {
        if let stage = try stage(at: path, request) { return stage }
        guard var restage = request.restage() else {
            throw VolumeError.preconditionFailed(
                "the mount at staging_target_path \(path.text.debugDescription) is dead: stage the volume again"
            )
        }
        restage.stagingPath = request.stagingPath
        let checked = try checked(restage)
        log(.warning, "the mount at \(path.text) is dead; \(restage.volumeID) is staged again")
        try self.stage(checked, at: MountTarget(existing: path), stop)
        guard let stage = try stage(at: path, request) else {
            throw VolumeError.unavailable("the new mount at \(path.text.debugDescription) died at once")
        }
        return stage
    }

    /// What is mounted at the staging path for this volume; nil when it is dead.
    private func stage(at path: MountPath, _ request: PublishRequest) throws -> Stage? {
        guard let target = try MountTarget(path), let (entry, root) = try target.mounted() else {
            throw VolumeError.preconditionFailed(
                "nothing is mounted at staging_target_path \(path.text.debugDescription): stage the volume first"
            )
        }
        try check(entry, at: target, isOf: request.volumeID)
        return try isAlive(root, type: entry.type) ? (target.path, entry, root) : nil
    }

    private func bind(_ stage: Stage, to target: MountTarget, _ request: PublishRequest, _ stop: StopSignal) throws {
        let isReadOnly = request.readOnly || stage.entry.isReadOnly
        switch try target.occupation() {
        case .live(let entry):
            try check(entry, at: target, isFreeFor: request.volumeID)
            try compare(entry, with: stage.entry, isReadOnly: isReadOnly)
            return records.note(request.volumeID, at: target.path, entry)
        case .dead(let entry) where !entry.isCephFS: throw foreign(entry, stage.entry)
        case .dead:
            try target.unmountAll { try check($0, at: target, isFreeFor: request.volumeID) }
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
        let mount = try FileDescriptor(linux_clone_mount(stage.root.number), call: "open_tree", on: stage.path)
        if isReadOnly, linux_make_mount_readonly(mount.number) != 0 {
            throw SystemCallError("mount_setattr", on: target.path)
        }
        let isNew = try target.make()
        do {
            guard try isNew || target.isEmpty() else {
                throw VolumeError.preconditionFailed(
                    "target_path: \(target.path.debugDescription) holds files of this node, which the volume would hide: move "
                        + "them away"
                )
            }
            try target.attach(mount)
            try note(request.volumeID, at: target)
        } catch {
            if isNew { _ = try? target.remove() }
            throw error
        }
    }

    private func compare(_ entry: MountEntry, with stage: MountEntry, isReadOnly: Bool) throws {
        guard entry.device == stage.device, entry.root.isSame(as: stage.root) else {
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
