import CephVolumes
import Configuration
import Cryptography
import Glibc
import Host
import Volumes

/// What `cephfs-csi credentials` does, on the same ports as the controller.
struct CredentialsWork: Sendable {
    /// What to do with each volume.
    enum Action: Sendable {
        case show
        case rotate(revoking: Bool)
        case withdraw(node: String?)
    }

    let action: Action
    let configurationFile: String
    let user: String
    let keyFile: String
    let fencer: (user: String, keyFile: String)?
    let volumes: [VolumeID]

    init(_ action: Action, _ access: CredentialsCommand.Access) {
        self.action = action
        configurationFile = access.config
        user = access.user
        keyFile = access.keyFile
        fencer = access.fencer.flatMap { user in access.fencerKeyFile.map { (user, $0) } }
        volumes = access.volumes
    }

    /// Does it and ends the process.
    func run() async -> Never {
        do {
            let clusters = try LiveConfiguration(path: configurationFile) { _ in }
            let provisioner = try Self.credentials(user, keyFile)
            let fencer = try self.fencer.map { try Self.credentials($0.user, $0.keyFile) }
            // A name of its own: by the controller's, Ceph would end the controller's sessions.
            let store = CephVolumeStore(clusters: clusters, replicaIdentity: "cli-\(HostName.current ?? "host")")
            let failure = await attempt(CephCredentialIssuer(store: store, digest: SHA256.hex), provisioner, fencer)
            // Whatever has happened: a session that is not closed holds up others for a minute.
            await CephVolumeProvisioner(store: store).close()
            if let failure { throw failure }
            // The process ends without stdio's own end.
            fflush(nil)
            ExitCode.success.leave()
        } catch let error as ConfigurationError {
            for problem in error.problems { StandardError.write(line: "\(error.file):\(problem)") }
            ExitCode.configuration.leave()
        } catch {
            StandardError.write(line: "cephfs-csi: \(Self.words(for: error))")
            fflush(nil)
            ExitCode.failure.leave()
        }
    }

    private func attempt(
        _ issuer: CephCredentialIssuer,
        _ provisioner: CephCredentials,
        _ fencer: CephCredentials?
    ) async -> (any Error)? {
        do {
            for volume in volumes { try await perform(volume, issuer, provisioner, fencer) }
            return nil
        } catch {
            return error
        }
    }

    private func perform(
        _ volume: VolumeID,
        _ issuer: CephCredentialIssuer,
        _ provisioner: CephCredentials,
        _ fencer: CephCredentials?
    ) async throws {
        switch action {
        case .show:
            for attachment in try await issuer.attachments(of: volume, as: provisioner) {
                let access = attachment.readOnly ? "reads" : "writes"
                let user = attachment.user.map { "client.\($0)" } ?? "the node-stage secret's user"
                print("\(volume) \(attachment.node) \(access) \(attachment.mode.rawValue) \(user)")
            }
        case .rotate(let revoking):
            let old = try await issuer.rotate(volume, revoking: revoking, as: provisioner, fencer: fencer)
            let fate = revoking ? "removed" : "to go with the last node that has them"
            let users = old.isEmpty ? "no old users" : "\(old.map { "client.\($0)" }.joined(separator: ", ")): \(fate)"
            print("\(volume) has new users; \(users)")
        case .withdraw(let node):
            try await issuer.dismiss(volume, node: node, as: provisioner, fencer: fencer)
            print("\(volume) is withdrawn from \(node ?? "every node")")
        }
    }

    private static func credentials(_ user: String, _ file: String) throws -> CephCredentials {
        let bytes = try SmallFile.read(file, limit: 4096).bytes
        let text = String(decoding: bytes, as: UTF8.self)
        let key = text.last == "\n" ? String(text.dropLast()) : text
        guard CephxKey.isWellFormed(key) else {
            throw VolumeError.invalid(
                field: file,
                fix: "must hold a bare cephx key, as `ceph auth print-key` prints it"
            )
        }
        return CephCredentials(user: user, key: Secret(key))
    }

    private static func words(for error: any Error) -> String {
        guard let error = error as? VolumeError else { return "\(error)" }
        return switch error {
        case .invalid(let field, let fix): "\(field): \(fix)"
        case .notFound(let text), .alreadyExists(let text), .inProgress(let text), .outOfRange(let text),
            .capacityExhausted(let text), .preconditionFailed(let text), .permissionDenied(let text),
            .unauthenticated(let text), .unavailable(let text), .unsupported(let text), .unexpected(let text):
            text
        }
    }
}
