import ArgumentParser

@main
struct CephFSCSI: ParsableCommand {
    mutating func run() throws {}
}
