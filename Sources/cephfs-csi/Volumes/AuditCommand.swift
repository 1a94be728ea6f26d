import ArgumentParser
import Volumes

extension VolumeCommand {
    /// Compares.
    struct Audit: ParsableCommand, VolumeSubcommand {
        static let configuration = CommandConfiguration(
            abstract: "Compare Kubernetes' PersistentVolumes with what is on CephFS.",
            discussion: """
                One line for each finding; exit code 0 when there is none, 2 when there are some. Snapshots are compared \
                when the files hold VolumeSnapshotContents. Nothing is changed.
                """
        )
        @OptionGroup var access: ProvisionerAccess
        @OptionGroup var scope: Scope

        @Option(
            parsing: .upToNextOption,
            help: ArgumentHelp(
                "What kubectl get pv -o json or -o yaml printed; - for standard input. May be repeated.",
                valueName: "path"
            )
        )
        var persistentVolumes: [String]

        @Option(help: ArgumentHelp("The CSI driver's name.", valueName: "name"), transform: OptionRules.driverName)
        var driverName = OptionRules.defaultDriverName

        func validate() throws {
            guard !persistentVolumes.isEmpty else {
                throw ValidationError("--persistent-volumes is missing: give what `kubectl get pv -o json` printed")
            }
        }

        func work() -> VolumeCommandWork {
            VolumeCommandWork(.audit(ScopeChoice(scope), files: persistentVolumes, driver: driverName), access)
        }
    }
}
