import Ceph
import Glibc
import Volumes

/// Deleted volumes whose snapshots are still there.
extension Housekeeper {
    /// Removes what a deleted volume holds beside its snapshots, some time from now.
    func empty(_ place: String, of settings: CephSettings) {
        remove(place, settings) { [self] in
            let again: @Sendable () async -> Void = { [weak self] in self?.empty(place, of: settings) }
            let work = Work(settings: settings, path: place)
            _ = await attempt("emptying a deleted volume with snapshots", work, again: again) { mount in
                do {
                    let work = VolumeDirectory(housekeeping: mount, settings)
                    try work.emptyRetained(place) { self.yieldToRequests(settings) }
                    try mount.flushJournal()
                } catch let error as CephError where error.code == ENOENT {
                    // Its last snapshot went meanwhile, and so it moved to the trash.
                }
            }
        }
    }

    /// Goes on with what a crash has interrupted.
    func scanRetained(_ settings: CephSettings) async {
        let again: @Sendable () async -> Void = { [weak self] in await self?.scanRetained(settings) }
        let work = Work(settings: settings, path: VolumeLayout.retained)
        _ = await attempt("looking at deleted volumes with snapshots", work, again: again) { mount in
            let work = VolumeDirectory(housekeeping: mount, settings)
            var failure: (any Error)?
            for entry in try work.retainedNames() {
                let place = "\(VolumeLayout.retained)/\(entry)"
                do {
                    if let name = try work.releaseRetained(place) {
                        self.purge(name, of: settings)
                    } else if try !work.isEmptied(place) {
                        self.empty(place, of: settings)
                    }
                } catch {
                    if mount.isLost { throw error }
                    // The others are no worse for it.
                    failure = error
                }
            }
            if let failure { throw failure }
        }
    }
}

extension VolumeDirectory {
    /// Work of the housekeeper's, on no volume in particular and for nobody who waits.
    init(housekeeping mount: CephFSMount, _ settings: CephSettings) {
        self.init(
            mount: mount,
            layout: VolumeLayout(root: settings.root, group: "", volume: ""),
            context: ErrorContext(
                cluster: settings.monitors.first ?? "",
                user: settings.user,
                filesystem: settings.filesystem,
                root: settings.root
            ),
            progress: Progress()
        )
    }
}
