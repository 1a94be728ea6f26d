import ArgumentParser

/// What every command needs that works on Ceph as the provisioner.
struct ProvisionerAccess: ParsableArguments {
    @Option(help: ArgumentHelp("The configuration file.", valueName: "path"))
    var config: String

    @Option(help: ArgumentHelp("The provisioner's id without client.", valueName: "id"))
    var user: String

    @Option(help: ArgumentHelp("File with the provisioner's bare key.", valueName: "path"))
    var keyFile: String
}
