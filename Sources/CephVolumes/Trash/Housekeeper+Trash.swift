import Bytes
import Ceph
import Glibc
import Volumes

extension Housekeeper {
    /// The shortest time between two looks at one trash.
    private static let breath = Duration.seconds(1)

    /// A volume has just been moved to the trash: it is removed now, or when its time is over.
    func trashed(_ name: String, of settings: CephSettings, keeping retention: Duration) {
        guard !isIdle else { return }
        if retention == .zero { return purge(name, of: settings) }
        state.withLock { state in
            state.retentions[settings] = retention
            state.kept[settings, default: TrashWatch()].begin(name, noted: .zero)
        }
        wake(.trash, settings, after: min(retention, TrashWatch.grain(of: retention)))
    }

    /// Removes what has been in the trash for long enough, and comes back for the rest.
    func scanTrash(_ settings: CephSettings) async {
        let retention = state.withLock { $0.retentions[settings] } ?? .zero
        let again: @Sendable () async -> Void = { [weak self] in await self?.scanTrash(settings) }
        let work = Work(settings: settings, path: VolumeLayout.trash)
        let look = await attempt("listing the trash", work, again: again) { mount in
            try self.look(at: mount, settings, keeping: retention)
        }
        guard let look else { return }
        for name in look.due { purge(name, of: settings) }
        if let next = look.next { wake(.trash, settings, after: next) }
    }

    /// What has been in the trash for long enough, and when to look again.
    private func look(
        at mount: CephFSMount,
        _ settings: CephSettings,
        keeping retention: Duration
    ) throws -> (due: [String], next: Duration?) {
        let names: [String]
        do {
            names = try mount.names(VolumeLayout.trash) { $0 != "." && $0 != ".." }
        } catch let error as CephError where error.code == ENOENT {
            return ([], nil)
        }
        forgetPauses(of: settings, in: VolumeLayout.trash, but: Set(names))
        guard retention > .zero else { return (names, nil) }
        state.withLock { $0.kept[settings]?.keep(Set(names)) }
        var due: [String] = []
        var next: Duration?
        for name in names {
            // What has no time in its name was never a volume's place.
            guard VolumeLayout.trashed(name) != nil else {
                due.append(name)
                continue
            }
            guard let kept = try kept(name, mount, settings) else { continue }
            if kept >= retention { due.append(name) } else { next = min(next ?? .seconds(1 << 40), retention - kept) }
        }
        let grain = TrashWatch.grain(of: retention)
        try note(on: mount, settings, grain)
        return (due, next.map { min($0, grain) })
    }

    /// How long an entry has been watched, by this process and those before; nil when it is gone.
    private func kept(_ name: String, _ mount: CephFSMount, _ settings: CephSettings) throws -> Duration? {
        if let known = state.withLock({ $0.kept[settings]?.kept(name) }) { return known }
        do {
            let text = try mount.attributeIfPresent(VolumeLayout.keptAttribute, of: "\(VolumeLayout.trash)/\(name)")
            let noted = TrashWatch.read(text, name)
            state.withLock { $0.kept[settings, default: TrashWatch()].begin(name, noted: noted) }
            return noted
        } catch let error as CephError where error.code == ENOENT || error.code == ENOTDIR {
            // A file that somebody put there is none of ours.
            return nil
        } catch let error as CephError where error.code == ELOOP {
            // A link was never a volume: it goes at once, and leads nowhere before.
            return .seconds(Int64.max)
        }
    }

    /// Notes how long the entries have been watched, for the processes after this one.
    private func note(on mount: CephFSMount, _ settings: CephSettings, _ grain: Duration) throws {
        let due = state.withLock { $0.kept[settings]?.due(grain) ?? [] }
        for (name, kept) in due {
            let path = "\(VolumeLayout.trash)/\(name)"
            do {
                // Another replica may have watched it for longer.
                let other = TrashWatch.read(try mount.attributeIfPresent(VolumeLayout.keptAttribute, of: path), name)
                if other < kept {
                    try mount.setAttribute(VolumeLayout.keptAttribute, of: path, to: TrashWatch.text(kept, name))
                }
                state.withLock { $0.kept[settings]?.noted(name, kept) }
            } catch let error as CephError where error.code == ENOENT || error.code == ENOSPC {
                // Purged or restored meanwhile; or the file system is full, and takes no attributes.
            }
        }
    }

    /// Does a chore again after that time, unless somebody will before.
    func wake(_ kind: Chore.Kind, _ settings: CephSettings, after delay: Duration) {
        let chore = Chore(kind: kind, settings: settings)
        let moment = ContinuousClock.now + max(delay, Self.breath)
        let isFirst = state.withLock { state in
            if let known = state.wakings[chore], known <= moment { return false }
            state.wakings[chore] = moment
            return true
        }
        guard isFirst else { return }
        Task.detached { [weak self] in
            try? await Task.sleep(until: moment)
            guard let self, !connections.isClosed else { return }
            let isStillWanted = state.withLock { state in
                guard state.wakings[chore] == moment else { return false }
                state.wakings[chore] = nil
                return true
            }
            guard isStillWanted else { return }
            await perform(kind, settings)
        }
    }

    /// Waits a moment while requests are under way: each file that goes costs the MDS as much as a part of theirs. Says
    /// whether to go on.
    func yieldToRequests(_ settings: CephSettings) -> Bool {
        if connections.isBusy(settings) { usleep(6000) }
        return !connections.isClosed
    }

    /// Removes one entry of the trash, some time from now.
    func purge(_ name: String, of settings: CephSettings) {
        remove("\(VolumeLayout.trash)/\(name)", settings) { [self] in
            let again: @Sendable () async -> Void = { [weak self] in self?.purge(name, of: settings) }
            let work = Work(settings: settings, path: "\(VolumeLayout.trash)/\(name)")
            let retained = await attempt("purging the trash", work, again: again) { mount -> String? in
                do {
                    if try mount.purgeLink(name) { return nil }
                    let work = VolumeDirectory(housekeeping: mount, settings)
                    if VolumeLayout.isDiscarded(name), let other = try work.releaseSource(trashed: name) {
                        self.purge(other, of: settings)
                    }
                    // Snapshots outlive the volume.
                    let place = try work.retainTrashed(name)
                    guard place == nil else { return place }
                    try mount.purge(name) { self.yieldToRequests(settings) }
                } catch let error as CephError where error.code == ENOTEMPTY {
                    try self.warnOfHolders(name, error, on: mount)
                } catch let error as CephError where error.code == ENOTDIR {
                    // A file that somebody put there is none of ours.
                }
                return nil
            }
            if let place = retained ?? nil { empty(place, of: settings) }
        }
    }
}

extension Housekeeper {
    /// Says which snapshots keep a deleted volume's space.
    private func warnOfHolders(_ name: String, _ error: CephError, on mount: CephFSMount) throws {
        let snapshots = try mount.snapshots(holding: name)
        guard !snapshots.isEmpty else {
            return log(.info, "\(name) stays in the trash until the next round, it is not empty: \(error)")
        }
        let place = mount.absolute("\(VolumeLayout.trash)/\(name)")
        log(
            .warning,
            "the deleted volume \(name) keeps its space: it has snapshots that this plugin did not make "
                + "(\(snapshots.prefix(3).joined(separator: ", "))). Remove them with rmdir in \(place)/.snap; the next round "
                + "removes the rest. `cephfs-csi trash list` shows all such volumes"
        )
    }
}

extension CephFSMount {
    /// The snapshots that keep an entry of the trash from being removed. Ceph allows them on a subvolume's own directory
    /// alone.
    func snapshots(holding name: String) throws -> [String] {
        do {
            return try snapshotNames(of: "\(VolumeLayout.trash)/\(name)")
        } catch let error as CephError where error.code == ENOENT {
            return []
        }
    }

    /// Removes an entry of the trash that is a symbolic link; false for any other.
    func purgeLink(_ name: String) throws -> Bool {
        let path = "\(VolumeLayout.trash)/\(name)"
        do {
            guard try node(path).status().kind == .symlink else { return false }
            try unlink(path)
        } catch let error as CephError where error.code == ENOENT {
            // Another replica was faster.
        }
        return true
    }

    /// Removes an entry of the trash.
    func purge(_ name: String, while goOn: () -> Bool = { true }) throws {
        let path = "\(VolumeLayout.trash)/\(name)"
        do {
            try setAttribute(VolumeLayout.purgingAttribute, of: path, to: "1")
        } catch let error as CephError where error.code == ENOENT {
            return
        } catch let error as CephError where error.code == ENOSPC {
            // A full file system takes removals and no attributes. That is the time to remove things.
        }
        try removeTree(path, while: goOn)
        // A removal that is not in the journal yet holds locks on the trash: the next volume's rename to it would wait
        // for the MDS's tick, up to 5 s.
        try flushJournal()
    }
}
