import ArgumentParser
import Volumes

/// `cephfs-csi trash`: deleted volumes that are kept for a while.
struct TrashCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "trash",
        abstract: "List, restore or purge deleted volumes.",
        subcommands: [List.self, Restore.self, Purge.self]
    )

    /// Which volumes.
    struct Choice: ParsableArguments {
        @Option(
            help: ArgumentHelp(
                "Which one, if several with that id were deleted. Default: the last.",
                valueName: "time"
            )
        )
        var deletedAt: String?

        @Argument(help: "Volume ids, as trash list prints them.", transform: CredentialsCommand.Access.volume)
        var volumes: [VolumeID]
    }

    /// Prints one line for each volume.
    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print when each was deleted, its id, its size in bytes, and what keeps it."
        )
        @OptionGroup var access: ProvisionerAccess
        @Option(help: "The cluster's id in the configuration file. Default: every cluster.")
        var cluster: String?
    }

    /// Undoes a deletion.
    struct Restore: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Restore volumes under their names.",
            discussion: """
                The orchestrator has forgotten a deleted volume: create a PersistentVolume with its id by hand. Its \
                users were removed; nodes get new ones when it is published.
                """
        )
        @OptionGroup var access: ProvisionerAccess
        @OptionGroup var choice: Choice
    }

    /// Does not wait for the retention's end.
    struct Purge: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Remove volumes permanently, now.")
        @OptionGroup var access: ProvisionerAccess
        @OptionGroup var choice: Choice
    }
}
