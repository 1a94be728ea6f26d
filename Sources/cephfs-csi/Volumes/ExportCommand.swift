import ArgumentParser
import Bytes
import Volumes

/// An object's namespace and name.
struct NamespacedName: Sendable, Hashable {
    let namespace: String
    let name: String

    /// `namespace/name`, each a name that Kubernetes takes.
    @Sendable static func parse(_ text: String) throws -> NamespacedName {
        let parts = text.split(byte: "/", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2, parts.allSatisfy(KubernetesName.isValid) else {
            throw ValidationError("give namespace/name, both in lower case")
        }
        return NamespacedName(namespace: parts[0], name: parts[1])
    }
}

extension VolumeCommand {
    /// Prints Kubernetes' objects.
    struct Export: ParsableCommand, VolumeSubcommand {
        static let configuration = CommandConfiguration(
            abstract: "Print PersistentVolumes for volumes, as YAML.",
            discussion: """
                Everything in them comes from the file system, except what StorageClasses said: secrets, credentials \
                and mounter. Reclaim policy is Retain.
                """
        )
        @OptionGroup var access: ProvisionerAccess
        @OptionGroup var scope: Scope

        @Option(help: ArgumentHelp("With --all: only this group. Default: every group.", valueName: "name"))
        var group: String?

        @Flag(help: "Every volume, instead of ids.")
        var all = false

        @Option(
            help: ArgumentHelp("Also print a claim bound to it, for one volume.", valueName: "namespace/name"),
            transform: NamespacedName.parse
        )
        var claim: NamespacedName?

        @Option(help: ArgumentHelp("The objects' storageClassName. Default: none.", valueName: "name"))
        var storageClass: String = ""

        @Option(help: "Which user nodes mount with: volume, node or shared.")
        var credentials = CredentialsMode.volume

        @Option(help: ArgumentHelp("kernel, fuse or auto. Default: what the cluster says.", valueName: "mounter"))
        var mounter: Cluster.Mounter?

        @Option(
            help: ArgumentHelp(
                "The provisioner's secret; with node credentials one that has the fencer too. Default: that of deploy/.",
                valueName: "namespace/name"
            ),
            transform: NamespacedName.parse
        )
        var secret: NamespacedName?

        @Option(
            help: ArgumentHelp(
                "The nodes' secret, for shared credentials. Default: that of deploy/.",
                valueName: "namespace/name"
            ),
            transform: NamespacedName.parse
        )
        var nodeSecret: NamespacedName?

        @Option(help: ArgumentHelp("The CSI driver's name.", valueName: "name"), transform: OptionRules.driverName)
        var driverName = OptionRules.defaultDriverName

        @Argument(help: "Volume ids, as volume list prints them.", transform: CredentialsCommand.Access.volume)
        var volumes: [VolumeID] = []

        func validate() throws {
            guard all == volumes.isEmpty else {
                throw ValidationError("give volume ids or --all, and not both")
            }
            guard claim == nil || volumes.count == 1 else {
                throw ValidationError("--claim belongs to one volume: give one id")
            }
            guard storageClass.isEmpty || KubernetesName.isValid(storageClass) else {
                throw ValidationError("--storage-class must be a StorageClass's name, in lower case")
            }
            guard nodeSecret == nil || credentials == .shared else {
                throw ValidationError("--node-secret requires --credentials shared: omit it")
            }
        }

        func work() -> VolumeCommandWork {
            let standard = credentials == .node ? "cephfs-csi-fencer" : "cephfs-csi-provisioner"
            let style = PersistentVolumeStyle(
                driver: driverName,
                storageClass: storageClass,
                credentials: credentials,
                mounter: mounter,
                secret: secret ?? NamespacedName(namespace: "cephfs-csi", name: standard),
                nodeSecret: nodeSecret ?? NamespacedName(namespace: "cephfs-csi", name: "cephfs-csi-node")
            )
            let choice = all ? VolumeChoice.all(ScopeChoice(scope, group: group)) : .ids(volumes)
            return VolumeCommandWork(.export(choice, style, claim: claim), access)
        }
    }
}

extension Cluster.Mounter: ExpressibleByArgument {}
