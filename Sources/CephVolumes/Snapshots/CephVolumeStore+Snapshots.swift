import Ceph
import Volumes

extension CephVolumeStore {
    /// Runs `body` with the locks of a snapshot and of the volume that it is of.
    ///
    /// Whoever needs both takes the snapshot's first, so that no two wait for each other. Cancellation is as in
    /// ``perform(_:_:_:)-swift.method``.
    ///
    /// - Parameter request: about the volume.
    func perform<Value: Sendable>(
        _ label: String,
        on snapshot: SnapshotID,
        _ request: ResolvedVolume,
        _ body: @escaping @Sendable (VolumeDirectory) throws -> Value
    ) async throws -> Value {
        let own = try await locks.acquire("snapshot \(snapshot)", for: label)
        let lease = try await locks.acquire(request.id.description, for: label)
        return try await withTaskCancellationHandler {
            try await run(label, request, lease) { work in
                try withExtendedLifetime(own) { try body(work) }
            }
        } onCancel: {
            own.abandon()
            abandon(lease, request)
        }
    }

    /// Runs `body` without any lock, for those who only look.
    func look<Value: Sendable>(
        _ label: String,
        _ request: ResolvedVolume,
        _ body: @escaping @Sendable (VolumeDirectory) throws -> Value
    ) async throws -> Value {
        let lease = try await locks.acquire("look \(RandomUUID.make())", for: label)
        return try await run(label, request, lease, body)
    }
}
