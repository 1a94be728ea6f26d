/// What the orchestrator's objects say and what is on the file system, held against each other.
public struct VolumeAudit: Sendable, Hashable {
    /// An object of the orchestrator's that stands for a volume or a snapshot of this driver.
    public struct Claim: Sendable, Hashable {
        /// The object's name.
        public var name: String
        /// Its CSI id, as it is written there.
        public var handle: String

        /// Joins the parts.
        public init(name: String, handle: String) {
            self.name = name
            self.handle = handle
        }
    }

    /// One thing that does not fit.
    public enum Finding: Sendable, Hashable {
        /// On the file system, and no object has it.
        case unclaimed(VolumeID)
        /// An object whose volume or snapshot is not there.
        case missing(Claim)
        /// An object whose id this plugin can't have issued, or whose cluster the configuration does not have.
        case foreign(Claim)
        /// Two objects or more have it.
        case shared(VolumeID, [String])
    }

    /// A cluster's file system: what of it was looked at.
    public struct Scope: Sendable, Hashable {
        /// The cluster's id.
        public var cluster: String
        /// The file system.
        public var filesystem: String

        /// Joins the parts.
        public init(cluster: String, filesystem: String) {
            self.cluster = cluster
            self.filesystem = filesystem
        }

        func contains(_ id: VolumeID) -> Bool { id.cluster == cluster && id.filesystem == filesystem }
    }

    /// The findings: what is unclaimed, in its order, then the objects in theirs.
    ///
    /// - Parameters:
    ///   - claims: of this driver, without static volumes, whose handles mean nothing.
    ///   - existing: what is on the file systems of `scopes`.
    ///   - knows: whether the configuration has a cluster. Objects of one that it has, and that was not looked at, are passed
    ///     over.
    public static func findings(
        _ claims: [Claim],
        existing: [VolumeID],
        scopes: [Scope],
        knows: (String) -> Bool
    ) -> [Finding] {
        var holders: [VolumeID: [Claim]] = [:]
        var objects: [Finding] = []
        let there = Set(existing)
        for claim in claims {
            guard let id = VolumeID(claim.handle), knows(id.cluster) else {
                objects.append(.foreign(claim))
                continue
            }
            guard scopes.contains(where: { $0.contains(id) }) else { continue }
            holders[id, default: []].append(claim)
            if !there.contains(id) { objects.append(.missing(claim)) }
        }
        let shared = holders.filter { $0.value.count > 1 }.sorted { $0.key.description < $1.key.description }
            .map { Finding.shared($0.key, $0.value.map(\.name).sorted()) }
        return existing.filter { holders[$0] == nil }.map { .unclaimed($0) } + objects + shared
    }
}
