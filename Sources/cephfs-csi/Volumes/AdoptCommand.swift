import ArgumentParser
import Bytes
import Volumes

extension VolumeCommand {
    /// Makes a directory a volume.
    struct Adopt: ParsableCommand, VolumeSubcommand {
        static let configuration = CommandConfiguration(
            abstract: "Make an existing directory a volume of this plugin.",
            discussion: """
                A subvolume of Ceph's manager (as ceph-csi creates them) stays where it is. Any other directory moves by \
                one rename. Contents are neither copied nor changed. If interrupted, run the same command again.
                """
        )
        @OptionGroup var access: ProvisionerAccess

        @Option(help: ArgumentHelp("The directory's path from the file system's root.", valueName: "path"))
        var path: String

        @Option(help: "The cluster's id in the configuration file. Default: the only one.")
        var cluster: String?

        @Option(help: ArgumentHelp("The group to move to. Default: the cluster's.", valueName: "name"))
        var group: String?

        @Option(help: ArgumentHelp("The volume's CSI name. Default: the directory's name.", valueName: "name"))
        var name: String?

        @Option(
            help: ArgumentHelp("Its capacity, as in 10Gi. Default: the directory's quota.", valueName: "size"),
            transform: Quantity.parse
        )
        var capacity: Int64?

        @Flag(help: "Accept a directory without a quota.")
        var noLimit = false

        @Flag(help: "Print what would happen, and change nothing.")
        var dryRun = false

        func validate() throws {
            guard capacity == nil || !noLimit else {
                throw ValidationError("--capacity and --no-limit exclude each other: give one of them")
            }
            guard group.map(FileName.isSafe) ?? true else {
                throw ValidationError("--group must be a name of A-Z a-z 0-9 . _ -, not beginning with a sign")
            }
            guard name.map(Self.isName) ?? true else {
                throw ValidationError("--name must be 1 to 128 bytes without control characters")
            }
        }

        /// As CreateVolume takes it.
        private static func isName(_ name: String) -> Bool {
            (1...128).contains(name.utf8.count)
                && !name.unicodeScalars.contains { $0.properties.generalCategory == .control }
        }

        func work() throws -> VolumeCommandWork {
            let cluster = try OneCluster.named(cluster, in: access.config).id
            let limit: AdoptionSpec.Limit =
                if let capacity = try capacity.flatMap({ try CapacityRange(required: $0, limit: 0).chosen }) {
                    .capacity(capacity)
                } else {
                    noLimit ? .none : .quota
                }
            let spec = AdoptionSpec(
                cluster: cluster,
                path: path,
                group: group,
                name: name,
                limit: limit
            )
            return VolumeCommandWork(.adopt(spec, dryRun: dryRun), access)
        }
    }
}

/// Sizes as Kubernetes writes them.
enum Quantity {
    private static let units: [(suffix: String, bytes: Int64)] = [
        ("Ki", 1 << 10), ("Mi", 1 << 20), ("Gi", 1 << 30), ("Ti", 1 << 40), ("Pi", 1 << 50), ("Ei", 1 << 60),
        ("k", 1_000), ("M", 1_000_000), ("G", 1_000_000_000), ("T", 1_000_000_000_000),
        ("P", 1_000_000_000_000_000),
    ]

    /// Whole bytes, or a whole number and a unit.
    @Sendable static func parse(_ text: String) throws -> Int64 {
        let unit = units.first { text.ends(with: $0.suffix) }
        let digits = text.dropLast(unit?.suffix.utf8.count ?? 0)
        guard !digits.isEmpty, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int64(digits) else {
            throw ValidationError("give bytes or a whole number with a unit, as in 10Gi")
        }
        let (bytes, isTooLarge) = number.multipliedReportingOverflow(by: unit?.bytes ?? 1)
        guard bytes > 0, !isTooLarge, bytes <= Capacity.maximum else {
            throw ValidationError("give a size above 0 and below 8Ei")
        }
        return bytes
    }
}
