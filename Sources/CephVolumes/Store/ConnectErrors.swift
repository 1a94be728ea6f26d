import Ceph
import Cryptography
import Glibc
import Volumes

/// What a failed connection means. libcephfs has one errno for several causes; where a question to the monitors tells
/// them apart, it is asked.
struct ConnectErrors: Sendable {
    let connections: CephConnections
    let settings: CephSettings
    /// Another user of the cluster, if one is known.
    var witness: CephSettings?
    let context: ErrorContext

    private var user: String { "client.\(context.user)" }

    /// The error for the caller.
    ///
    /// - Throws: `CancellationError` when the task is cancelled while the monitors are asked.
    func volumeError(for error: CephError) async throws -> VolumeError {
        switch error.code {
        case EACCES:
            return try await notAccepted()
        case EPERM:
            return try await refused()
        case EINVAL where CephxKey.kind(of: settings.key) == nil:
            return .invalid(field: "secrets", fix: "the key must be the base64 text that `ceph auth get-key` prints")
        case CephError.unresolved:
            return .unavailable("cluster \(context.cluster): \(error.detail ?? "no monitor's name can be resolved")")
        case CephError.otherCluster:
            let cluster = Cluster(id: context.cluster, monitors: [], fsid: settings.fsid)
            return .preconditionFailed(ClusterMismatch.text(cluster, error.detail ?? "another id"))
        case EINVAL:
            return .preconditionFailed(
                "cluster \(context.cluster): Ceph does not accept the monitors' addresses: \(error)"
            )
        case ENOENT:
            return try await somethingMissing(error)
        case ETIMEDOUT, EHOSTUNREACH, ECONNREFUSED:
            return try await silent(error)
        default:
            return VolumeError(error, in: .connect, context)
        }
    }

    private var refusal: KeyRefusal {
        KeyRefusal(connections: connections, refused: settings, witness: witness)
    }

    private func notAccepted() async throws -> VolumeError {
        .unauthenticated(
            "cluster \(context.cluster) does not accept \(user) with this key: \(try await refusal.cause())"
        )
    }

    /// EPERM: of the caps, or of the file system's own settings.
    private func refused() async throws -> VolumeError {
        let state = try await state()
        if state?.refusesSessions == true {
            let name = context.filesystem
            return .unavailable(
                "file system \(name) of cluster \(context.cluster) refuses new clients (refuse_client_session): "
                    + "`ceph fs set \(name) refuse_client_session false` lets them in"
            )
        }
        let features = state?.requiredFeatures ?? []
        let library = features.isEmpty ? nil : try? ClientLibrary.installed().name
        let suspicion = library.map {
            "; or \($0) lacks one of the features that the file system requires of its clients (\(features.joined(separator: ", ")); "
                + "`ceph fs required_client_features`)"
        }
        return .permissionDenied(
            missing: "\(user) may not mount \(context.root) of file system \(context.filesystem): it needs the MDS "
                + "cap 'allow rwfps fsname=\(context.filesystem) path=\(context.root)'" + (suspicion ?? "")
        )
    }

    /// Nobody answered in time: the monitors, or the MDS.
    private func silent(_ error: CephError) async throws -> VolumeError {
        guard let state = try await state() else {
            // Monitors of Ceph 20 leave a refused key unanswered at times, over protocol v1.
            if try await refusal.accepted() != nil { return try await notAccepted() }
            return .unavailable("no monitor of cluster \(context.cluster) answers: \(error)")
        }
        if let obstacle = state.obstacle(context.filesystem) {
            return .unavailable("cluster \(context.cluster): \(obstacle)")
        }
        return .unavailable(
            "an MDS of file system \(context.filesystem) of cluster \(context.cluster) does not answer, although the "
                + "monitors consider it active: it can't be reached from here, hangs, or waits for a client that "
                + "died: \(error)"
        )
    }

    /// What the monitors know of the file system; nil when they don't say.
    private func state() async throws -> FileSystemState? {
        var settings = settings
        // Who asks has waited for one time-out already.
        settings.timeoutSeconds = min(settings.timeoutSeconds, 2)
        do {
            return try await connections.runRados(settings, "asking for the file system's state") { [context] rados in
                try rados.state(of: context.filesystem)
            }
        } catch is CephError {
            return nil
        }
    }

    /// ENOENT: no such file system, or no such root in it. `fs ls` shows the file systems that the user may see.
    private func somethingMissing(_ error: CephError) async throws -> VolumeError {
        let known: [String]
        do {
            known = try await connections.runRados(settings, "listing file systems") { try $0.fileSystems() }
        } catch is CephError {
            return .preconditionFailed(
                "cluster \(context.cluster) has no file system \(context.filesystem), or it has no directory "
                    + "\(context.root)"
            )
        }
        if known.contains(context.filesystem) {
            return .preconditionFailed(
                "file system \(context.filesystem) of cluster \(context.cluster) has no directory \(context.root), "
                    + "the configuration's `root`: make it, or correct it"
            )
        }
        let found = known.isEmpty ? "none" : known.joined(separator: ", ")
        return .preconditionFailed(
            "cluster \(context.cluster) has no file system \(context.filesystem) (\(user) sees \(found))"
        )
    }
}
