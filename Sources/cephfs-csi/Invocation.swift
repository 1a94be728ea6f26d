import ArgumentParser

/// What the command line asks for.
enum Invocation {
    case serve(ServeOptions)
    case version

    /// Reads the process's arguments. For help and for usage errors it prints and ends the process (0 or 64).
    static func parse() -> Invocation {
        do {
            var command = try CephFSCSICommand.parseAsRoot()
            switch command {
            case let serve as ServeCommand: return .serve(try serve.options())
            case is VersionCommand: return .version
            // ArgumentParser's own commands, such as help, and the bare name, which asks for it.
            default:
                try command.run()
                CephFSCSICommand.exit()
            }
        } catch {
            CephFSCSICommand.exit(withError: error)
        }
    }
}
