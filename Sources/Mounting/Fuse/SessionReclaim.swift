import Volumes

/// The command that ends an abandoned session with the user's own key: `cephfs-csi reclaim-session`, a process of its own
/// because libcephfs is never loaded into a node's plugin. The key is at descriptor 3, as ceph-fuse's.
struct SessionReclaim: Sendable, Hashable {
    let arguments: [String]

    /// - Parameter program: the words before the options.
    init(_ program: [String], session: String, request: StageRequest) {
        arguments =
            program + [
                "--session=\(session)",
                "--user=\(request.credentials.user)",
                "--filesystem=\(request.filesystem)",
                "--path=\(request.path)",
            ] + request.cluster.monitors.map { "--monitor=\($0)" }
    }

    /// How long it may take; Ceph's own time-out in it is shorter.
    static let patience = Duration.seconds(12)
}
