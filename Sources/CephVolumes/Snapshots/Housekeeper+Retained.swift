import Ceph
import Glibc
import Volumes

/// Deleted volumes whose snapshots are still there.
extension Housekeeper {
    /// Removes what a deleted volume holds beside its snapshots, some time from now.
    func empty(_ place: String, of settings: CephSettings) {
        remove(place, settings) { [self] in
            await attempt("emptying a deleted volume with snapshots", settings) { mount in
                do {
                    let work = VolumeWork(housekeeping: mount, settings)
                    try work.emptyRetained(place) { self.giveWay(settings) }
                    try mount.settle()
                } catch let error as CephError where error.code == ENOENT {
                    // Its last snapshot went meanwhile, and so it moved to the trash.
                }
            }
        }
    }

    /// Goes on with what a crash has interrupted.
    func scanRetained(_ settings: CephSettings) async {
        let trashed = await attempt("looking at deleted volumes with snapshots", settings) { mount in
            let work = VolumeWork(housekeeping: mount, settings)
            var trashed: [String] = []
            for entry in try work.retainedNames() {
                let place = "\(VolumeLayout.retained)/\(entry)"
                if let name = try work.releaseRetained(place) {
                    trashed.append(name)
                } else if let isEmptied = try? work.isEmptied(place), !isEmptied {
                    self.empty(place, of: settings)
                }
            }
            return trashed
        }
        for name in trashed ?? [] { purge(name, of: settings) }
    }
}

extension VolumeWork {
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
