import Ceph
import Glibc
import Volumes

/// Ends the sessions of users at every metadata server, as the fencer.
///
/// An evicted client is blocklisted as well: the OSDs refuse it from the map that the eviction makes, so what it has
/// open fails too. A user that is removed beforehand opens no new session.
struct SessionFence: Sendable {
    let connections: CephConnections
    /// The fencer's.
    let settings: CephSettings
    /// Another user's, who can say which keys the cluster accepts.
    let witness: CephSettings
    let context: ErrorContext

    /// Evicts every session of the users and looks whether there are any left.
    ///
    /// - Throws: ``VolumeError/unavailable(_:)`` when a rank has no MDS, or new sessions keep coming.
    func end(_ users: [String]) async throws {
        do {
            let ranks = try await connections.runMonitors(settings, "looking for metadata servers") { rados in
                try rados.ranks(of: settings.filesystem)
            }
            guard ranks.missing.isEmpty else {
                throw VolumeError.unavailable(
                    "rank \(ranks.missing[0]) of file system \(context.filesystem) has no active MDS, so the plugin "
                        + "can't check for sessions there: retry"
                )
            }
            try await connections.runMDSCommands(settings, "ending sessions") { commands in
                for rank in ranks.active { try end(users, rank, commands) }
            }
        } catch let error as CephError {
            guard error.code == EACCES && error.call != "ceph_mds_command" else {
                throw VolumeError(error, in: .fence, context)
            }
            let refusal = KeyRefusal(connections: connections, refused: settings, witness: witness)
            throw VolumeError.unauthenticated(
                "cluster \(context.cluster) does not accept client.\(context.user) with this key (fencerID, fencerKey): "
                    + "\(try await refusal.cause())"
            )
        }
    }

    private func end(_ users: [String], _ rank: Int64, _ commands: MDSCommands) throws {
        // A mount that was just being made may add a session once; its user is gone, so not for ever.
        for _ in 0..<3 {
            let sessions = try users.flatMap { try commands.sessions(of: $0, rank: rank) }
            if sessions.isEmpty { return }
            try commands.evict(sessions, rank: rank)
        }
        guard try users.allSatisfy({ try commands.sessions(of: $0, rank: rank).isEmpty }) else {
            throw VolumeError.unavailable("sessions of client.\(users[0]) still exist at rank \(rank): retry")
        }
    }
}
