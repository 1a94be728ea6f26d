import Ceph
import Glibc
import Volumes

/// Freezes directories by a quiesce set of the MDS, as the fencer.
///
/// The data directories are frozen and not the volumes' own: Ceph makes the snapshots on those, and nothing that the
/// plugin itself touches may be frozen.
struct QuiesceFreezer: TreeFreezer {
    /// Seconds that clients may take to give up what they have open for writing.
    static let timeout = 10.0
    /// Seconds after which the MDS lets go by itself. The snapshots take a part of a second.
    static let expiration = 20.0

    let connections: CephConnections
    /// The fencer's.
    let settings: CephSettings
    let context: ErrorContext
    /// The MDS that keeps the database.
    let leader: Int64
    let directories: [String]
    /// The set's name.
    let set: String

    func freeze() async throws {
        let state = try await command { [self] commands in
            try commands.quiesce(
                directories,
                set: set,
                leader: leader,
                timeout: Self.timeout,
                expiration: Self.expiration
            )
        }
        guard state == .quiesced else { throw late("they are \(state.name) and not QUIESCED") }
    }

    func release() async throws {
        let state = try await command(isRelease: true) { [self] commands in
            try commands.release(set: set, leader: leader, timeout: Self.timeout)
        }
        guard state == .released else { throw late("they are \(state.name) and not RELEASED") }
    }

    /// Asks whoever keeps the database now: where that changed hands, the set may have gone with it.
    func cancel() async throws {
        let leader = try await connections.runMonitors(settings, "looking for the quiesce database") { rados in
            try rados.quiesceLeader(of: settings.filesystem)
        }
        guard let leader else { return }
        try await command { [self] commands in try commands.cancel(set: set, leader: leader) }
    }

    private func command<Value: Sendable>(
        isRelease: Bool = false,
        _ body: @escaping @Sendable (MDSCommands) throws -> Value
    ) async throws -> Value {
        do {
            return try await connections.runMDSCommands(settings, "freezing volumes", body)
        } catch let error as CephError {
            switch error.code {
            case ETIMEDOUT, EINPROGRESS, ECANCELED, EINTR: throw late("\(error)")
            // Another MDS keeps the database since, or this one has forgotten the set.
            case ENOTTY, ENOENT: throw late("\(error)")
            // Who was allowed to freeze is allowed to release: the set has expired, or was cancelled.
            case EPERM where isRelease: throw late("\(error)")
            case EACCES where error.call != "ceph_mds_command":
                throw VolumeError.unauthenticated(
                    "cluster \(context.cluster) does not accept client.\(context.user) with this key (fencerID, "
                        + "fencerKey): \(KeyRefusal.unknown)"
                )
            default: throw VolumeError(error, in: .freeze, context)
            }
        }
    }

    private func late(_ why: String) -> VolumeError {
        .unavailable(
            "the volumes could not be kept frozen while their snapshots were taken, so none was taken; retry. "
                + "Ceph says: \(why)"
        )
    }
}
