import Synchronization
import Volumes

/// Requests under a node's name and another key than the one that has the volume.
///
/// A node says itself what it is called; its key tells it from everybody else who says the same. Another key under a known
/// name is a machine that was set up anew, or somebody who wants its volumes. The first request is refused, and takes nothing
/// from anybody; when the CO still asks after a while, the old key's use is ended before the new one gets anything.
final class NodeClaims: Sendable {
    private struct Claim: Hashable {
        let volume: VolumeID
        let entry: String
        let nodeID: String
    }

    private static let limit = 1000

    private let patience: Duration
    private let claims = Mutex<[Claim: ContinuousClock.Instant]>([:])

    init(patience: Duration) {
        self.patience = patience
    }

    /// Notes the request, unless it was noted.
    ///
    /// - Throws: ``VolumeError/preconditionFailed(_:)`` when it has not been asked for long enough.
    func require(_ nodeID: String, in entry: String, of volume: VolumeID, known: AttachmentRecord) throws {
        let claim = Claim(volume: volume, entry: entry, nodeID: nodeID)
        let now = ContinuousClock.now
        let since = claims.withLock { claims in
            if claims.count >= Self.limit, let oldest = claims.min(by: { $0.value < $1.value })?.key {
                claims[oldest] = nil
            }
            let since = claims[claim] ?? now
            claims[claim] = since
            return since
        }
        guard since.duration(to: now) < patience else { return }
        throw VolumeError.preconditionFailed(
            "node_id: node \(known.node) attached the volume with another key. If its plugin has a new --state-dir, "
                + "repeat this request after \(patience.components.seconds) s to end the use of the old key; "
                + "otherwise find out who registers under its name"
        )
    }

    /// Forgets a claim that was granted.
    func settle(_ nodeID: String, in entry: String, of volume: VolumeID) {
        claims.withLock { $0[Claim(volume: volume, entry: entry, nodeID: nodeID)] = nil }
    }
}
