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
        state.withLock { $0.retentions[settings] = retention }
        wake(settings, after: retention)
    }

    /// Removes what has been in the trash for long enough, and comes back for the rest.
    func scanTrash(_ settings: CephSettings) async {
        let names = await attempt("listing the trash", settings) { mount in
            do {
                return try mount.names(VolumeLayout.trash) { $0 != "." && $0 != ".." }
            } catch let error as CephError where error.code == ENOENT {
                return []
            }
        }
        guard let names else { return }
        let retention = state.withLock { $0.retentions[settings] } ?? .zero
        var next: Duration?
        for name in names {
            let left = retention - Self.age(of: name)
            if left <= .zero { purge(name, of: settings) } else { next = min(next ?? left, left) }
        }
        if let next { wake(settings, after: next) }
    }

    /// How long ago the volume was deleted. What has no time in its name was never a volume's place, and is as old as
    /// anything.
    private static func age(of name: String) -> Duration {
        guard let deletedAt = VolumeLayout.trashed(name)?.deletedAt else { return .seconds(Int64.max / 1_000_000) }
        return .microseconds(WallClock.microseconds - deletedAt)
    }

    /// Looks at the trash again after that time, unless somebody will before.
    private func wake(_ settings: CephSettings, after delay: Duration) {
        let moment = ContinuousClock.now + max(delay, Self.breath)
        let isFirst = state.withLock { state in
            if let known = state.wakings[settings], known <= moment { return false }
            state.wakings[settings] = moment
            return true
        }
        guard isFirst else { return }
        Task.detached { [weak self] in
            try? await Task.sleep(until: moment)
            guard let self, !connections.isClosed else { return }
            let isStillWanted = state.withLock { state in
                guard state.wakings[settings] == moment else { return false }
                state.wakings[settings] = nil
                return true
            }
            if isStillWanted { await scanTrash(settings) }
        }
    }

    /// Waits a moment while requests are under way: each file that goes costs the MDS as much as a part of theirs. Says
    /// whether to go on.
    func giveWay(_ settings: CephSettings) -> Bool {
        if connections.isBusy(settings) { usleep(6000) }
        return !connections.isClosed
    }

    /// Removes one entry of the trash, some time from now.
    func purge(_ name: String, of settings: CephSettings) {
        remove("\(VolumeLayout.trash)/\(name)", settings) { [self] in
            let retained = await attempt("purging the trash", settings) { mount -> String? in
                do {
                    // Snapshots outlive the volume.
                    let place = try VolumeWork(housekeeping: mount, settings).retainTrashed(name)
                    guard place == nil else { return place }
                    try mount.purge(name) { self.giveWay(settings) }
                } catch let error as CephError where error.code == ENOTEMPTY {
                    self.log(.info, "\(name) stays in the trash, it has snapshots: \(error)")
                } catch let error as CephError where error.code == ENOTDIR {
                    // A file that somebody put there is none of ours.
                }
                return nil
            }
            if let place = retained ?? nil { empty(place, of: settings) }
        }
    }
}

extension CephFSMount {
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
        try settle()
    }
}
