import CephVolumes
import Configuration
import Cryptography
import Glibc
import System
import Volumes

/// A command's work on Ceph, on the same ports as the controller, from connecting to the process's end.
struct ProvisionerSession: Sendable {
    let configurationFile: String
    let user: String
    let keyFile: String

    init(_ access: ProvisionerAccess) {
        configurationFile = access.config
        user = access.user
        keyFile = access.keyFile
    }

    /// Runs `body` and ends the process, with the code that it returns.
    func run(
        _ body: @Sendable (CephBackend, LiveConfiguration, CephCredentials) async throws -> ExitCode
    ) async -> Never {
        do {
            let clusters = try LiveConfiguration(path: configurationFile) { _ in }
            let provisioner = try KeyFile.credentials(user: user, path: keyFile)
            var options = CephVolumesOptions()
            options.runsUpkeep = false
            // A name of its own: by the controller's, Ceph would end the controller's sessions.
            let backend = CephBackend(
                clusters: clusters,
                replicaIdentity: "cli-\(HostName.current ?? "host")",
                digest: SHA256.hex,
                options: options
            )
            let result: Result<ExitCode, any Error>
            do {
                result = .success(try await body(backend, clusters, provisioner))
            } catch {
                result = .failure(error)
            }
            // Whatever has happened: a session that is not closed holds up others for a minute.
            await backend.close()
            let code = try result.get()
            // The process ends without stdio's own end.
            fflush(nil)
            code.leave()
        } catch let error as ConfigurationError {
            for problem in error.problems { StandardError.write(line: "\(error.file):\(problem)") }
            ExitCode.configuration.leave()
        } catch {
            StandardError.write(line: "cephfs-csi: \(Self.words(for: error))")
            fflush(nil)
            ExitCode.failure.leave()
        }
    }

    private static func words(for error: any Error) -> String {
        guard let error = error as? VolumeError else { return "\(error)" }
        return switch error {
        case .invalid(let field, let fix): "\(field): \(fix)"
        case .notFound(let text), .alreadyExists(let text), .inProgress(let text), .unknownToken(let text),
            .outOfRange(let text),
            .capacityExhausted(let text), .preconditionFailed(let text), .permissionDenied(let text),
            .unauthenticated(let text), .unavailable(let text), .unsupported(let text), .unexpected(let text),
            .tampered(let text):
            text
        }
    }
}
