import ArgumentParser
import Bytes
import Configuration
import Volumes

extension Isolation: ExpressibleByArgument {}
extension CredentialsMode: ExpressibleByArgument {}

/// `cephfs-csi caps`: prints what makes one of the plugin's Ceph users, ready to paste. It asks no cluster.
struct CapsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "caps",
        abstract: "Print the ceph command that creates one of the plugin's users, with exactly the caps that it needs."
    )

    /// The users that an administrator makes; volume users are the provisioner's to make.
    enum User: String, CaseIterable, ExpressibleByArgument {
        case provisioner, node, fencer
    }

    /// Who makes the user.
    enum Output: String, CaseIterable, ExpressibleByArgument {
        /// A shell, by Ceph's own command.
        case ceph
        /// Rook's operator, from an object.
        case rook
    }

    @Argument(help: "Which user: provisioner, node (for credentials: shared) or fencer (for credentials: node).")
    var user: User

    @Option(help: ArgumentHelp("The configuration file.", valueName: "path"))
    var config: String

    @Option(help: "The cluster's id in the configuration file. Default: the only one.")
    var cluster: String?

    @Option(help: ArgumentHelp("The user's id without client. Default: csi-ROLE.", valueName: "id"))
    var id: String?

    @Option(help: ArgumentHelp("A data pool that volumes may lie in; may be repeated. The provisioner needs it."))
    var dataPool: [String] = []

    @Option(help: "An isolation that volumes may have; may be repeated. Default: namespace.")
    var isolation: [Isolation] = []

    @Option(
        help: ArgumentHelp(
            "What RADOS namespaces of adopted volumes begin with, such as fsvolumens_; may be repeated.",
            valueName: "prefix"
        )
    )
    var adoptedNamespace: [String] = []

    @Option(help: "The StorageClasses' credentials; with only shared the provisioner does not create users.")
    var credentials = CredentialsMode.volume

    @Flag(help: "For a user that exists already: print the command that changes its caps.")
    var update = false

    @Option(help: "A command for a shell (ceph), or a CephClient for Rook's operator (rook).")
    var output = Output.ceph

    @Option(
        help: ArgumentHelp("With --output rook: the CephCluster's namespace. Default: rook-ceph.", valueName: "name")
    )
    var rookNamespace: String?

    func validate() throws {
        try validateCaps()
        try validateOutput()
    }

    private func validateOutput() throws {
        guard output == .rook else {
            guard rookNamespace == nil else { throw ValidationError("--rook-namespace requires --output rook") }
            return
        }
        guard !update else {
            throw ValidationError(
                "--update requires --output ceph: Rook changes the user when its object is applied"
            )
        }
        guard RookClient.isName(name) else {
            throw ValidationError(
                "--id must be lower case letters, digits, - and . with --output rook: it is an object's name"
            )
        }
        guard rookNamespace.map(RookClient.isName) ?? true else {
            throw ValidationError("--rook-namespace must be a namespace's name, as in rook-ceph")
        }
    }

    private func validateCaps() throws {
        guard user != .provisioner || !dataPool.isEmpty || isolations == [.path] else {
            throw ValidationError("--data-pool is missing: `ceph fs ls` shows the file system's data pools")
        }
        for pool in dataPool where !FileName.isSafe(pool) {
            throw ValidationError("--data-pool must be a pool's name of A-Z a-z 0-9 . _ -")
        }
        for prefix in adoptedNamespace {
            let own = CephUserCaps.namespacePrefix
            guard FileName.isSafe(prefix), !own.begins(with: prefix), !prefix.begins(with: own) else {
                throw ValidationError(
                    "--adopted-namespace must be 1 to 100 of A-Z a-z 0-9 . _ - and reach none of the plugin's own namespaces "
                        + "(\(own)...), as in fsvolumens_"
                )
            }
        }
        if let id, id.begins(with: "client.") || !FileName.isSafe(id) {
            throw ValidationError("--id must be a Ceph user's id without client.")
        }
    }

    /// The user's id without `client.`.
    private var name: String { id ?? "csi-\(user.rawValue)" }

    private var isolations: Set<Isolation> { isolation.isEmpty ? [.namespace] : Set(isolation) }

    /// The command for a shell, or the object for Rook.
    ///
    /// - Throws: `ConfigurationError`, `ValidationError`.
    func text() throws -> String {
        let cluster = try OneCluster.named(cluster, in: config)
        guard !"\(name)-".begins(with: "\(cluster.userPrefix)-") else {
            throw ValidationError(
                "--id \(name) begins with the volume users' prefix \(cluster.userPrefix)-, so the provisioner could change "
                    + "or remove it: choose another"
            )
        }
        let caps: CephUserCaps =
            switch user {
            case .provisioner:
                .provisioner(
                    of: cluster,
                    pools: dataPool,
                    isolations: isolations,
                    adopted: adoptedNamespace,
                    makesUsers: credentials != .shared
                )
            case .node: .node(of: cluster)
            case .fencer: .fencer(of: cluster)
            }
        guard output == .ceph else {
            return RookClient(id: name, namespace: rookNamespace ?? "rook-ceph", caps: caps).text
        }
        let verb = update ? "caps" : "get-or-create"
        let lines = ["ceph auth \(verb) client.\(name)"] + caps.pairs.map { "    \($0.daemon) '\($0.caps)'" }
        return lines.joined(separator: " \\\n")
    }
}
