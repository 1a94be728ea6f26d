import ArgumentParser

/// `cephfs-csi`.
struct CephFSCSICommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cephfs-csi",
        abstract: "CephFS volumes for Kubernetes and every other CSI orchestrator.",
        discussion: """
            Exit codes: 0 success, 2 an audit has findings, 64 wrong usage, 69 the endpoint can't be served, 78 wrong configuration file, \
            1 anything else. A second SIGTERM or SIGINT cuts the grace period short: 143 or 130.
            """,
        subcommands: [
            ServeCommand.self, CapsCommand.self, CredentialsCommand.self, TrashCommand.self, VolumeCommand.self,
            VersionCommand.self, ReclaimSessionCommand.self,
        ]
    )
}

/// `cephfs-csi version`.
struct VersionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "version",
        abstract: "Print the versions of the program, of Swift, of CSI and of Ceph's client library."
    )
}
