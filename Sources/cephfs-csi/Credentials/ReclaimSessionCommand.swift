import ArgumentParser
import Ceph
import Cryptography
import System

/// `cephfs-csi reclaim-session`: what the node's plugin runs where a ceph-fuse has died. For nobody's hands: it reads the
/// key from descriptor 3.
struct ReclaimSessionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reclaim-session",
        abstract: "End the MDS session of a client that was killed.",
        shouldDisplay: false
    )

    @Option(help: "The session's name.")
    var session: String

    @Option(help: "The user that it was opened by.")
    var user: String

    @Option(help: "A monitor; once for each.")
    var monitor: [String] = []

    @Option(help: "The file system.")
    var filesystem: String

    @Option(help: "A directory that the user may mount.")
    var path: String

    func run() throws {
        let key = String(decoding: try SmallFile.readAnything("/proc/self/fd/3", limit: 4096), as: UTF8.self)
        let settings = CephSettings(
            monitors: monitor,
            filesystem: filesystem,
            root: path,
            user: user,
            key: Secret(key),
            timeoutSeconds: 8
        )
        do {
            try CephFSMount.endSession(session, settings)
            ExitCode.success.leave()
        } catch {
            StandardError.write(line: "\(error)")
            ExitCode.failure.leave()
        }
    }
}
