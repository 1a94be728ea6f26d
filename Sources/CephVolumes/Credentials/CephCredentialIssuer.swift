import Ceph
import Volumes

/// Volume users, by librados, and what is written down about them beside each volume, by libcephfs.
///
/// As with volumes there is no state but the file system's and the monitors': any replica serves any request.
public final class CephCredentialIssuer: CredentialIssuer {
    let store: CephVolumeStore
    let names: NodeNames

    init(store: CephVolumeStore, digest: @escaping @Sendable (String) -> String) {
        self.store = store
        names = NodeNames(digest: digest)
    }

    /// See ``CredentialIssuer/admit(_:as:fencer:)``.
    public func admit(
        _ request: AdmissionRequest,
        as provisioner: CephCredentials,
        fencer: CephCredentials?
    ) async throws -> CephCredentials? {
        guard request.mode != .node || fencer != nil else {
            throw Self.fencerMissing("credentials: node")
        }
        let place = try store.request(request.volume, provisioner)
        let admission = AttachOperation(
            request: request,
            names: names,
            fencer: fencer,
            prefix: place.cluster.userPrefix,
            keyType: place.cluster.cephxKeyType
        )
        let credentials = try await store.performSteps("publishing", place) { try await admission.run($0) }
        store.journal.flush(place.settings)
        return credentials
    }

    /// See ``CredentialIssuer/dismiss(_:node:as:fencer:)``.
    public func dismiss(
        _ volume: VolumeID,
        node: String?,
        as provisioner: CephCredentials?,
        fencer: CephCredentials?
    ) async throws {
        let user = try await store.user(provisioner, of: store.cluster(volume.cluster))
        let place = try store.request(volume, user)
        let dismissal = DetachOperation(
            node: node,
            names: names,
            prefix: place.cluster.userPrefix,
            fencer: fencer
        )
        try await store.performSteps("unpublishing", place) { try await dismissal.run($0) }
        store.journal.flush(place.settings)
    }

    /// See ``CredentialIssuer/shallowSource(of:as:)``.
    public func shallowSource(of volume: VolumeID, as provisioner: CephCredentials) async throws -> ShallowSource? {
        try await store.perform("looking up", store.request(volume, provisioner)) { work in
            guard case .volume(let record) = try work.find(), record.isShallow else { return nil }
            return try work.shallowSource(record).source
        }
    }

    /// See ``CredentialIssuer/attachments(of:as:)``.
    public func attachments(of volume: VolumeID, as provisioner: CephCredentials) async throws -> [Attachment] {
        try await store.perform("looking up", store.request(volume, provisioner)) { work in
            guard case .volume = try work.find() else { return [] }
            return try work.attachments().compactMap(\.record?.attachment)
        }
    }

    /// See ``CredentialIssuer/rotate(_:revoking:as:fencer:)``.
    @discardableResult
    public func rotate(
        _ volume: VolumeID,
        revoking: Bool,
        as provisioner: CephCredentials,
        fencer: CephCredentials?
    ) async throws -> [String] {
        let place = try store.request(volume, provisioner)
        let rotation = Rotation(
            names: names,
            prefix: place.cluster.userPrefix,
            isRevoking: revoking,
            fencer: fencer
        )
        return try await store.performSteps("giving new users to", place) { try await rotation.run($0) }
    }

    static func fencerMissing(_ reason: String) -> VolumeError {
        .preconditionFailed(
            "\(reason) needs the keys fencerID and fencerKey in the controller-publish secret: a Ceph user that may end "
                + "sessions"
        )
    }
}
