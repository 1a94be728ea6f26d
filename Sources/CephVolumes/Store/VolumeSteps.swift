import Ceph
import Volumes

/// An operation on one volume in several steps, some on the file system, some with the monitors. Whoever has it holds
/// the volume's lock until it lets go of it.
struct VolumeSteps: Sendable {
    let store: CephVolumeStore
    let label: String
    let request: ResolvedVolume
    fileprivate let lease: VolumeLease

    init(store: CephVolumeStore, label: String, request: ResolvedVolume, lease: VolumeLease) {
        self.store = store
        self.label = label
        self.request = request
        self.lease = lease
    }

    /// A step on the file system.
    func files<Value: Sendable>(_ body: @escaping @Sendable (VolumeDirectory) throws -> Value) async throws -> Value {
        try await store.run(label, request, lease, body)
    }

    /// A step with the monitors.
    func monitors<Value: Sendable>(
        _ step: Step,
        _ body: @escaping @Sendable (Rados) throws -> Value
    ) async throws -> Value {
        lease.progress.enter(step)
        do {
            return try await store.connections.runMonitors(request.settings, "\(label) \(request.id)", body)
        } catch let error as CephError {
            throw VolumeError(error, in: step, request.context)
        } catch let error as VolumeError {
            throw store.noted(error, "\(label) \(request.id)")
        }
    }

    /// Removes users of a volume; those that are not there are no error.
    ///
    /// - Throws: ``VolumeError/tampered(_:)`` when one is not the volume's own; then none is removed.
    func removeUsers(_ users: [String], of own: OwnUsers) async throws {
        guard !users.isEmpty else { return }
        try await monitors(.dropUser) { rados in
            for user in try users.filter({ try own.isThere($0, rados) }) { try rados.removeUser(user) }
        }
    }

    /// Ends every session that the users have, as the fencer.
    func fence(_ users: [String], as fencer: CephCredentials) async throws {
        lease.progress.enter(.fence)
        let (settings, context) = store.settings(request, as: fencer)
        let fence = SessionFence(
            connections: store.connections,
            settings: settings,
            witness: request.settings,
            context: context
        )
        try await fence.end(users)
    }
}
