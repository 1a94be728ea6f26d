import CLinux
import Glibc
import Volumes

extension LinuxNodeMounts {
    /// Mounts the volume at the staging path; the same mount already there is a success. A mount there whose file
    /// system is dead is taken off and made anew.
    public func stage(_ request: StageRequest) async throws {
        let path = try MountPath(request.stagingPath, field: "staging_target_path")
        let request = try checked(request)
        let mounter = try mounter(for: request)
        try await perform("stage of \(request.volumeID)", alone: path.text) { [self] stop in
            try stage(request, at: MountTarget(existing: path), with: mounter, stop)
        }
    }

    /// Unmounts the staging path, waits for the data to be on the cluster, and removes the directory.
    public func unstage(volumeID: String, stagingPath: String) async throws {
        let path = try MountPath(stagingPath, field: "staging_target_path")
        try await perform("unstage of \(volumeID)", alone: path.text) { [self] stop in
            guard let target = try MountTarget(path) else { return }
            if let entry = try target.mounted()?.entry {
                if let other = try otherMounts(of: entry, staged: target.path).first {
                    throw VolumeError.preconditionFailed(
                        "the volume is still published at \(other.mountPoint.debugDescription): unpublish it first"
                    )
                }
                try target.unmountAll()
            }
            for mounter in mounters { try mounter.finish(target.path, stop: stop) }
            // What else the directory holds is the CO's, and so is the directory then.
            try target.remove()
        }
    }

    /// The mounts of the volume that `entry` mounts at its staging path, without that, the mounters' own, and what is
    /// at `target`.
    ///
    /// Mount propagation repeats mounts; what covers the same directory as one of those is no other mount.
    func otherMounts(of entry: MountEntry, staged stagingPath: String, target: String? = nil) throws -> [MountEntry] {
        let own = try mounters.map { try $0.ownMountPoint(for: stagingPath) }
        let paths = Set((own + [stagingPath, target]).compactMap { $0 })
        let table = try MountTable.current()
        let mounts = table.entries.filter { $0.device == entry.device && $0.root == entry.root }
        let excepted = Set(mounts.filter { paths.contains($0.mountPoint) }.map(table.place(of:)))
        return mounts.filter { mount in
            !paths.contains(mount.mountPoint) && !excepted.contains(table.place(of: mount))
        }
    }

    private func stage(
        _ request: StageRequest,
        at target: MountTarget,
        with mounter: any Mounter,
        _ stop: StopSignal
    ) throws {
        switch try target.occupation() {
        case .live(let entry): return try compare(entry, with: request, mounter)
        case .dead: try target.unmountAll()
        case .nothing: break
        }
        let isNew = try target.make()
        do {
            let mount = try mounter.mount(request, for: target.path, stop: stop)
            do {
                try stop.check()
                try target.attach(mount)
            } catch {
                try? mounter.finish(target.path, stop: StopSignal())
                throw error
            }
        } catch {
            if isNew { _ = try? target.remove() }
            throw error
        }
    }

    /// Whether what is mounted is what `request` asks for.
    private func compare(_ entry: MountEntry, with request: StageRequest, _ mounter: any Mounter) throws {
        let wanted = mounter.identity(of: request)
        guard wanted.matches(entry) else {
            throw VolumeError.alreadyExists(
                conflict: "staging_target_path has \(entry.source.debugDescription) (\(entry.type)) mounted, the "
                    + "request wants \(wanted.source.debugDescription) (\(wanted.type))"
            )
        }
        guard entry.isReadOnly == request.readOnly else {
            throw VolumeError.alreadyExists(
                conflict: "the volume is staged \(entry.isReadOnly ? "read-only" : "for writing"), the request wants "
                    + "the opposite"
            )
        }
    }

    /// `request` with `ro` among its options taken for what it means, and its values fit for a command line.
    private func checked(_ request: StageRequest) throws(VolumeError) -> StageRequest {
        let components = request.path.split(separator: "/")
        guard request.path.hasPrefix("/"), !components.isEmpty, !components.contains(".."), !components.contains("."),
            request.path.utf8.count <= 1024, isPlain(request.path)
        else {
            throw .invalid(
                field: "volume_context",
                fix: "the volume's path must be absolute, not `/`, at most 1024 bytes, without `.`, `..` and control "
                    + "characters"
            )
        }
        guard !request.credentials.user.isEmpty, isPlain(request.credentials.user) else {
            throw .invalid(field: "secrets", fix: "the user must be a cephx id without control characters")
        }
        guard !request.filesystem.isEmpty, isPlain(request.filesystem) else {
            throw .invalid(field: "volume_context", fix: "the file system's name must not have control characters")
        }
        guard !request.cluster.monitors.isEmpty, request.cluster.monitors.allSatisfy(isPlain) else {
            throw .preconditionFailed("cluster \(request.cluster.id.debugDescription) has no monitors configured")
        }
        var request = request
        request.readOnly = try MountOptions(request.options).isReadOnly || request.readOnly
        return request
    }

    private func isPlain(_ text: String) -> Bool {
        text.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F }
    }
}
