import ArgumentParser
import Volumes

/// `cephfs-csi volume`: volumes looked at from outside of the orchestrator, and taken over from elsewhere.
struct VolumeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "volume",
        abstract: "List, show, adopt, export or audit volumes.",
        discussion: "It works on Ceph as the provisioner; neither the controller nor Kubernetes has to run.",
        subcommands: [List.self, Show.self, Adopt.self, Export.self, Audit.self]
    )

    /// How results are printed.
    enum Format: String, CaseIterable, ExpressibleByArgument {
        case text, json
    }

    /// Where to look.
    struct Scope: ParsableArguments {
        @Option(help: "The cluster's id in the configuration file. Default: every cluster.")
        var cluster: String?

        @Option(help: ArgumentHelp("The file system. Default: the cluster's.", valueName: "name"))
        var filesystem: String?
    }

    /// Prints a table.
    struct List: ParsableCommand, VolumeSubcommand {
        static let configuration = CommandConfiguration(
            abstract: "Print each volume's id, capacity, used bytes, nodes, condition and CSI name."
        )
        @OptionGroup var access: ProvisionerAccess
        @OptionGroup var scope: Scope
        @Option(help: ArgumentHelp("Only this group. Default: every group.", valueName: "name"))
        var group: String?
        @Option(name: [.customShort("o"), .long], help: "text or json.")
        var output = Format.text

        func work() -> VolumeCommandWork {
            VolumeCommandWork(.list(ScopeChoice(scope, group: group), output), access)
        }
    }

    /// Prints everything about some.
    struct Show: ParsableCommand, VolumeSubcommand {
        static let configuration = CommandConfiguration(abstract: "Print all details of volumes.")
        @OptionGroup var access: ProvisionerAccess
        @Option(name: [.customShort("o"), .long], help: "text or json.")
        var output = Format.text
        @Argument(help: "Volume ids, as volume list prints them.", transform: CredentialsCommand.Access.volume)
        var volumes: [VolumeID]

        func work() -> VolumeCommandWork { VolumeCommandWork(.show(volumes, output), access) }
    }
}

/// A subcommand of `volume`.
protocol VolumeSubcommand {
    /// What it does.
    ///
    /// - Throws: `ValidationError`.
    func work() throws -> VolumeCommandWork
}

/// Where to look, as plain values.
struct ScopeChoice: Sendable {
    var cluster: String?
    var filesystem: String?
    var group: String?

    init(_ scope: VolumeCommand.Scope, group: String? = nil) {
        cluster = scope.cluster
        filesystem = scope.filesystem
        self.group = group
    }

    /// The clusters of the configuration.
    func clusters(_ directory: any ClusterDirectory) throws -> [Cluster] {
        try (cluster.map { [$0] } ?? directory.clusterIDs).map { id in
            guard let cluster = directory.cluster(id) else {
                throw VolumeError.notFound("--cluster \(id) is not in the configuration file")
            }
            return cluster
        }
    }
}
