import CephVolumes
import Cryptography
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
    let session: ProvisionerSession
    let fencer: (user: String, keyFile: String)?
    let volumes: [VolumeID]

    init(_ action: Action, _ access: CredentialsCommand.Access) {
        self.action = action
        session = ProvisionerSession(access.provisioner)
        fencer = access.fencer.flatMap { user in access.fencerKeyFile.map { (user, $0) } }
        volumes = access.volumes
    }

    /// Does it and ends the process.
    func run() async -> Never {
        await session.run { backend, _, provisioner in
            let fencer = try self.fencer.map { try KeyFile.credentials(user: $0.user, path: $0.keyFile) }
            let issuer = backend.issuer
            for volume in volumes { try await perform(volume, issuer, provisioner, fencer) }
            return .success
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
            let fate = revoking ? "removed" : "to be removed with the last node that has them"
            let users = old.isEmpty ? "no old users" : "\(old.map { "client.\($0)" }.joined(separator: ", ")): \(fate)"
            print("\(volume) has new users; \(users)")
        case .withdraw(let node):
            try await issuer.dismiss(volume, node: node, as: provisioner, fencer: fencer)
            print("\(volume) is withdrawn from \(node ?? "every node")")
        }
    }
}
