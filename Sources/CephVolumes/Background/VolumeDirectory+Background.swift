import Ceph
import Volumes

extension VolumeDirectory {
    /// For work on no volume in particular that nobody waits for.
    init(onNoVolume mount: CephFSMount, _ settings: CephSettings) {
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
