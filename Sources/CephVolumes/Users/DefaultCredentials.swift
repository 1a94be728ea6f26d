import Synchronization
import System
import Volumes

/// Whom calls without secrets are made as: CSI's lists and questions bring none.
final class DefaultCredentials: Sendable {
    private let remembered = Mutex<[String: CephCredentials]>([:])
    /// For the key files: they may lie on a file system that hangs.
    private let reader = BlockingPool(name: "key-file", threads: 2, idleTimeout: .seconds(10))

    /// Notes whom Ceph has accepted for a cluster.
    func remember(_ credentials: CephCredentials, for cluster: String) {
        remembered.withLock { known in
            if known[cluster] != credentials { known[cluster] = credentials }
        }
    }

    /// The user that the configuration names, with the key as the file has it now, else the one accepted last.
    ///
    /// - Throws: ``VolumeError/preconditionFailed(_:)`` when there is neither, or no key in the file.
    func credentials(of cluster: Cluster) async throws -> CephCredentials {
        if let user = cluster.user, let path = cluster.keyFile {
            do {
                // Every time: these calls are rare, and so a key that was replaced is in force at once.
                return try await reader.run("reading \(path)") { try KeyFile.credentials(user: user, path: path) }
            } catch is CancellationError {
                throw CancellationError()
            } catch let VolumeError.invalid(field, fix) {
                throw VolumeError.preconditionFailed("keyFile of cluster \(cluster.id): \(field) \(fix)")
            } catch {
                throw VolumeError.preconditionFailed("keyFile of cluster \(cluster.id) can't be read: \(error)")
            }
        }
        if let known = remembered.withLock({ $0[cluster.id] }) { return known }
        throw VolumeError.preconditionFailed(
            "this call has no secrets, and no user is known for cluster \(cluster.id) yet: set user and keyFile in "
                + "its entry of the configuration, or first make a call with secrets, such as CreateVolume"
        )
    }
}
