import ArgumentParser
import Volumes

/// `cephfs-csi credentials`: looks after the users that nodes mount volumes with, from outside of the orchestrator.
struct CredentialsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "credentials",
        abstract: "Show, renew or withdraw the users that nodes mount a volume with.",
        subcommands: [Show.self, Rotate.self, Withdraw.self]
    )

    /// What every one of them needs.
    struct Access: ParsableArguments {
        @OptionGroup var provisioner: ProvisionerAccess

        @Option(help: ArgumentHelp("The fencer's id, to end sessions.", valueName: "id"))
        var fencer: String?

        @Option(help: ArgumentHelp("File with the fencer's bare key.", valueName: "path"))
        var fencerKeyFile: String?

        @Argument(help: "Volume ids (a PersistentVolume's spec.csi.volumeHandle).", transform: Self.volume)
        var volumes: [VolumeID]

        func validate() throws {
            guard (fencer == nil) == (fencerKeyFile == nil) else {
                throw ValidationError("--fencer and --fencer-key-file belong together: give both or neither")
            }
        }

        @Sendable static func volume(_ text: String) throws -> VolumeID {
            guard let id = VolumeID(text) else {
                throw ValidationError(
                    "\(text) is not the id of a volume of this plugin: <cluster>:<filesystem>:<group>:<volume>"
                )
            }
            return id
        }
    }

    /// Prints one line for each node.
    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Print who has each volume, and as which user.")
        @OptionGroup var access: Access
    }

    /// New users for the nodes to come.
    struct Rotate: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Give each volume new users.",
            discussion: """
                Nodes that attach the volume from now on get the new user. An old user is removed with the last node \
                that has it, so no mount is disturbed; with --revoke it is removed at once.
                """
        )
        @OptionGroup var access: Access
        @Flag(help: "Remove the old users at once; with a fencer also end their sessions. Pods lose the volume.")
        var revoke = false
    }

    /// What ControllerUnpublishVolume does, for an orchestrator that has forgotten the attachment.
    struct Withdraw: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Remove a node's attachment and credentials from each volume.",
            discussion: """
                For attachments that the orchestrator has forgotten: they keep a volume from being deleted. Make sure \
                first that no pod on the node uses it.
                """
        )
        @OptionGroup var access: Access
        @Option(help: "The node's name. Default: every node.")
        var node: String?
    }
}
