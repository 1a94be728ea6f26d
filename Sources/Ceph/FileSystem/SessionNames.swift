import Glibc
import Synchronization

/// Names for this process's sessions at the MDS (ceph_set_uuid), the same ones after every restart, so that a start
/// can take over what a killed predecessor held.
///
/// A connection that replaces a broken or retired one may come up before the old one is gone, so each (cluster, user)
/// has two names to alternate. A third is refused: it would mean that two dead connections are still being unmounted.
final class SessionNames: Sendable {
    /// A name in use.
    struct Session: Sendable, Hashable {
        /// What the MDS calls it.
        let name: String
        /// Sessions to end first: names which a predecessor of this process, or an unclean end, may have left behind.
        let reclaims: [String]
    }

    /// How a session ended.
    enum End: Sendable {
        /// Unmounted: the MDS has forgotten it.
        case clean
        /// Aborted or evicted: the MDS may still hold something under its name.
        case unclean
        /// It never came up.
        case neverConnected
    }

    private enum Slot {
        case inUse(CephSettings)
        case ended(End)
    }

    private static let slots = 2
    private let identity: String
    private let states = Mutex<[String: Slot]>([:])

    /// - Parameter identity: this replica's; the same after a restart, and no other running process's.
    init(identity: String) {
        self.identity = identity
    }

    /// Takes a free name for a connection with those settings.
    ///
    /// - Throws: ``CephError`` EBUSY when every name is taken.
    func take(for settings: CephSettings) throws -> Session {
        let names = (0..<Self.slots).map { name(for: settings, slot: $0) }
        return try states.withLock { states in
            let isFirst = names.allSatisfy { states[$0] == nil }
            for name in names {
                let reclaims: [String]
                switch states[name] {
                case .inUse: continue
                case nil: reclaims = isFirst ? names : [name]
                case .ended(let end): reclaims = end == .clean ? [] : [name]
                }
                states[name] = .inUse(settings)
                return Session(name: name, reclaims: reclaims)
            }
            throw CephError(
                call: "ceph_mount",
                code: EBUSY,
                path: settings.root,
                detail: "earlier connections of client.\(settings.user) are still being closed"
            )
        }
    }

    /// Whether a name is free.
    func hasFree(for settings: CephSettings) -> Bool {
        states.withLock { states in
            (0..<Self.slots).contains { slot in
                if case .inUse = states[name(for: settings, slot: slot)] { false } else { true }
            }
        }
    }

    /// Gives a name back.
    func free(_ session: Session, _ end: End) {
        states.withLock { $0[session.name] = end == .neverConnected ? nil : .ended(end) }
    }

    /// How many names are taken.
    var inUse: Int { taken.count }

    /// The names that are taken, and whose sessions they are.
    var taken: [(name: String, settings: CephSettings)] {
        states.withLock { states in
            states.compactMap { name, slot in if case .inUse(let settings) = slot { (name, settings) } else { nil } }
        }
    }

    /// The monitors are no part of it: the name is looked up by that cluster's MDS only.
    private func name(for settings: CephSettings, slot: Int) -> String {
        "cephfs-csi:\(identity):\(settings.user):\(settings.filesystem):\(settings.root):\(slot)"
    }
}
