import ArgumentParser
import Configuration
import System

/// What the command line asks for.
enum Invocation {
    case serve(ServeOptions)
    case credentials(CredentialsWork)
    case trash(TrashWork)
    case volume(VolumeCommandWork)
    case print(String)

    /// Reads the process's arguments. For help and for usage errors it prints and ends the process (0 or 64).
    static func parse() -> Invocation {
        do {
            var command = try CephFSCSICommand.parseAsRoot()
            switch command {
            case let serve as ServeCommand: return .serve(try serve.options())
            case is VersionCommand: return .print(Version.report)
            case let caps as CapsCommand: return .print(try caps.text())
            case let show as CredentialsCommand.Show: return .credentials(CredentialsWork(.show, show.access))
            case let rotate as CredentialsCommand.Rotate:
                return .credentials(CredentialsWork(.rotate(revoking: rotate.revoke), rotate.access))
            case let withdraw as CredentialsCommand.Withdraw:
                return .credentials(CredentialsWork(.withdraw(node: withdraw.node), withdraw.access))
            case let list as TrashCommand.List:
                return .trash(TrashWork(.list(cluster: list.cluster), list.access))
            case let restore as TrashCommand.Restore:
                let (choice, access) = (restore.choice, restore.access)
                return .trash(TrashWork(.restore(choice.volumes, deletedAt: choice.deletedAt), access))
            case let purge as TrashCommand.Purge:
                let (choice, access) = (purge.choice, purge.access)
                return .trash(TrashWork(.purge(choice.volumes, deletedAt: choice.deletedAt), access))
            case let volume as any VolumeSubcommand: return .volume(try volume.work())
            // ArgumentParser's own commands, such as help, and the bare name, which asks for it.
            default:
                try command.run()
                CephFSCSICommand.exit()
            }
        } catch let error as ConfigurationError {
            for problem in error.problems { StandardError.write(line: "\(error.file):\(problem)") }
            ExitCode.configuration.leave()
        } catch {
            CephFSCSICommand.exit(withError: error)
        }
    }
}
