import Bytes
import CLinux
import Glibc
import Volumes

extension LinuxNodeMounts {
    /// Mounts the volume at the staging path; the same mount already there is a success. A mount there whose file
    /// system is dead is taken off and made anew.
    public func stage(_ request: StageRequest) async throws {
        let path = try MountPath(request.stagingPath, field: "staging_target_path")
        let request = try checked(request)
        let pool = threadsToMount(request.cluster.id)
        try await perform("stage of \(request.volumeID)", on: pool, alone: path.text) { [self] stop in
            try stage(request, at: MountTarget(existing: path), stop)
        }
    }

    /// Unmounts the staging path, waits for the data to be on the cluster, and removes the directory.
    public func unstage(volumeID: String, stagingPath: String) async throws {
        let path = try MountPath(stagingPath, field: "staging_target_path")
        let pool = threadsToUnmount(cluster(of: volumeID, at: path))
        try await perform("unstage of \(volumeID)", on: pool, alone: path.text) { [self] stop in
            guard let target = try MountTarget(path) else { return }
            if let entry = try target.mounted()?.entry {
                try check(entry, at: target, isOf: volumeID)
                if let other = try otherMounts(of: entry, staged: target.path).first {
                    throw VolumeError.preconditionFailed(
                        "the volume is still published at \(other.mountPoint.debugDescription): unpublish it first"
                    )
                }
                try takeOff(target, of: volumeID, stop)
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
        let own = try mounters.flatMap { try $0.ownMountPoints(for: stagingPath) }
        let paths = Set((own + [stagingPath, target].compactMap { $0 }).map { ByteText($0) })
        let table = try MountTable.current()
        let mounts = table.entries.filter { $0.device == entry.device && $0.root.isSame(as: entry.root) }
        let excepted = Set(mounts.filter { paths.contains(ByteText($0.mountPoint)) }.map(table.place(of:)))
        return mounts.filter { mount in
            !paths.contains(ByteText(mount.mountPoint)) && !excepted.contains(table.place(of: mount))
        }
    }

    /// Mounts what `request`, which is checked, asks for at `target`. A dead mount there stays until the new one is ready
    /// to take its place: when it can't be made, the next call still finds what is to be mended.
    func stage(_ request: StageRequest, at target: MountTarget, _ stop: StopSignal) throws {
        switch try target.occupation() {
        case .live(let entry):
            try compare(entry, with: request)
            try check(entry, at: target, isFreeFor: request.volumeID)
            return records.note(request.volumeID, at: target.path, entry)
        case .dead(let entry) where !entry.isCephFS: throw foreign(entry, request)
        case .dead, .nothing: break
        }
        let mounter = mounter(for: request)
        try SELinux.check(mounter.options(of: request))
        let isNew = try target.make()
        do {
            let mount = try mounter.mount(request, for: target.path, stop: stop)
            do {
                try stop.check()
                try target.unmountAll { try check($0, at: target, isFreeFor: request.volumeID) }
                try target.attach(mount)
                try note(request.volumeID, at: target)
            } catch {
                try? mounter.finish(target.path, stop: StopSignal())
                throw error
            }
        } catch {
            if isNew { _ = try? target.remove() }
            throw error
        }
        clearAway(after: mounter, target, stop)
    }

    /// Ends what another client that had mounted the volume here before has left; it is dead, so there is nothing to lose.
    private func clearAway(after mounter: any Mounter, _ target: MountTarget, _ stop: StopSignal) {
        for other in mounters {
            guard let places = try? other.ownMountPoints(for: target.path),
                places != (try? mounter.ownMountPoints(for: target.path))
            else { continue }
            try? other.finish(target.path, stop: stop)
        }
    }

    /// Whether what is mounted is what `request` asks for, by whichever client: with `auto` another one may be taken after
    /// an upgrade of the node, and what works is left as it is.
    private func compare(_ entry: MountEntry, with request: StageRequest) throws {
        // Two snapshots of one directory differ in nothing else.
        let isPart = request.snapshot != nil || entry.root.begins(with: "/.snap/")
        guard mounters.contains(where: { $0.identity(of: request).matches(entry) }),
            !isPart || entry.root == SnapshotRoot.path(request)
        else {
            throw foreign(entry, request)
        }
        guard entry.isReadOnly == request.readOnly else {
            throw VolumeError.alreadyExists(
                conflict: "the volume is staged \(entry.isReadOnly ? "read-only" : "for writing"), the request wants "
                    + "the opposite"
            )
        }
    }

    private func foreign(_ entry: MountEntry, _ request: StageRequest) -> VolumeError {
        let wanted = mounter(for: request).identity(of: request)
        return .alreadyExists(
            conflict: "staging_target_path has \(entry.source.debugDescription) (\(entry.type)) mounted, the "
                + "request wants \(wanted.source.debugDescription) (\(wanted.type))"
        )
    }

    /// `request` with `ro` among its options taken for what it means, and its values fit for a command line.
    func checked(_ request: StageRequest) throws(VolumeError) -> StageRequest {
        let components = request.path.split(byte: "/")
        guard request.path.begins(with: "/"), !components.isEmpty, !components.contains(".."),
            !components.contains("."),
            request.path.utf8.count <= 1024, isPlain(request.path)
        else {
            throw .invalid(
                field: "volume_context",
                fix: "the volume's path must be absolute, not `/`, at most 1024 bytes, without `.`, `..` and control "
                    + "characters"
            )
        }
        if let snapshot = request.snapshot, !ShallowSource.isSnapshot(snapshot) {
            throw .invalid(field: "publish_context[snapshot]", fix: "must be the name of a snapshot in .snap")
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
        // Of both, whichever mounts: what is wrong on other nodes is said on this one.
        for mounter in mounters { request.readOnly = try mounter.options(of: request).isReadOnly || request.readOnly }
        return request
    }

    private func isPlain(_ text: String) -> Bool {
        text.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F }
    }
}
