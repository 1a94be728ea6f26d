import Ceph
import Glibc
import Volumes

/// Deleted volumes whose snapshots are still there.
extension TrashPurger {
    /// Removes what a deleted volume holds beside its snapshots, some time from now.
    func empty(_ place: String, of settings: CephSettings) {
        let subject = BackgroundWork.Subject(settings: settings, path: place)
        background.remove(subject) { [self] in
            let again: @Sendable () async -> Void = { [weak self] in self?.empty(place, of: settings) }
            let label = "emptying a deleted volume with snapshots"
            _ = await background.attempt(label, subject, again: again) { [background] mount in
                do {
                    let work = VolumeDirectory(onNoVolume: mount, settings)
                    try work.emptyRetained(place) { background.yieldToRequests(settings) }
                    try mount.flushJournal()
                } catch let error as CephError where error.code == ENOENT {
                    // Its last snapshot went meanwhile, and so it moved to the trash.
                }
            }
        }
    }

    /// Scans the retained volumes soon.
    func wakeRetained(_ settings: CephSettings) {
        let subject = BackgroundWork.Subject(settings: settings, path: VolumeLayout.retained)
        background.wake(subject, after: .zero) { [weak self] in await self?.scanRetained(settings) }
    }

    /// Continues what a crash has interrupted.
    func scanRetained(_ settings: CephSettings) async {
        let again: @Sendable () async -> Void = { [weak self] in await self?.scanRetained(settings) }
        let subject = BackgroundWork.Subject(settings: settings, path: VolumeLayout.retained)
        _ = await background.attempt("looking at deleted volumes with snapshots", subject, again: again) { mount in
            let work = VolumeDirectory(onNoVolume: mount, settings)
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
