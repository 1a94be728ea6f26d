import Bytes
import Ceph
import Glibc
import Synchronization
import Volumes

/// Removes deleted volumes from the trash when their time there is over.
final class TrashPurger: Sendable {
    private struct State {
        /// How long each connection's trash is kept, by the configuration at its last request.
        var retentions: [CephSettings: Duration] = [:]
        /// How long the entries of each one's trash have been watched.
        var kept: [CephSettings: TrashWatch] = [:]
    }

    let background: BackgroundWork
    private let isOff: Bool
    private let state = Mutex(State())

    /// - Parameter isOff: whether another process does the work.
    init(background: BackgroundWork, isOff: Bool) {
        self.background = background
        self.isOff = isOff
    }

    /// Notes for how long the configuration has the trash kept.
    func retention(of settings: CephSettings, is retention: Duration) {
        state.withLock { $0.retentions[settings] = retention }
    }

    /// Scans the trash after that time, unless it is done before.
    func wake(_ settings: CephSettings, after delay: Duration) {
        let subject = BackgroundWork.Subject(settings: settings, path: VolumeLayout.trash)
        background.wake(subject, after: delay) { [weak self] in await self?.scan(settings) }
    }

    /// A volume has just been moved to the trash: it is removed now, or when its time is over.
    func trashed(_ name: String, of settings: CephSettings, keeping retention: Duration) {
        guard !isOff else { return }
        if retention == .zero { return purge(name, of: settings) }
        state.withLock { state in
            state.retentions[settings] = retention
            state.kept[settings, default: TrashWatch()].begin(name, noted: .zero)
        }
        wake(settings, after: min(retention, TrashWatch.grain(of: retention)))
    }

    /// Removes what has been in the trash for long enough, and comes back for the rest.
    func scan(_ settings: CephSettings) async {
        let retention = state.withLock { $0.retentions[settings] } ?? .zero
        let again: @Sendable () async -> Void = { [weak self] in await self?.scan(settings) }
        let subject = BackgroundWork.Subject(settings: settings, path: VolumeLayout.trash)
        let look = await background.attempt("listing the trash", subject, again: again) { mount in
            try self.look(at: mount, settings, keeping: retention)
        }
        guard let look else { return }
        for name in look.due { purge(name, of: settings) }
        if let next = look.next { wake(settings, after: next) }
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
        let trash = BackgroundWork.Subject(settings: settings, path: VolumeLayout.trash)
        background.forgetPauses(in: trash, but: Set(names))
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

    /// Removes one entry of the trash, some time from now.
    func purge(_ name: String, of settings: CephSettings) {
        let subject = BackgroundWork.Subject(settings: settings, path: "\(VolumeLayout.trash)/\(name)")
        background.remove(subject) { [self] in
            let again: @Sendable () async -> Void = { [weak self] in self?.purge(name, of: settings) }
            let retained = await background.attempt("purging the trash", subject, again: again) { mount -> String? in
                do {
                    if try mount.purgeLink(name) { return nil }
                    let work = VolumeDirectory(onNoVolume: mount, settings)
                    if VolumeLayout.isDiscarded(name), let other = try work.releaseSource(trashed: name) {
                        self.purge(other, of: settings)
                    }
                    // Snapshots outlive the volume.
                    let place = try work.retainTrashed(name)
                    guard place == nil else { return place }
                    try mount.purge(name) { self.background.yieldToRequests(settings) }
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

    /// Says which snapshots keep a deleted volume's space.
    private func warnOfHolders(_ name: String, _ error: CephError, on mount: CephFSMount) throws {
        let snapshots = try mount.snapshots(holding: name)
        guard !snapshots.isEmpty else {
            return background.log(.info, "\(name) stays in the trash until the next round, it is not empty: \(error)")
        }
        let place = mount.absolute("\(VolumeLayout.trash)/\(name)")
        background.log(
            .warning,
            "the deleted volume \(name) keeps its space: it has snapshots that this plugin did not make "
                + "(\(snapshots.prefix(3).joined(separator: ", "))). Remove them with rmdir in \(place)/.snap; the next round "
                + "removes the rest. `cephfs-csi trash list` shows all such volumes"
        )
    }
}
