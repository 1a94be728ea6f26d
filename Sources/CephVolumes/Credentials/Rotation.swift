import Ceph
import Volumes

/// Giving a volume new users: the generation in their names goes up by one, and with it names, users and keys.
///
/// Nodes keep their users until the volume is detached, unless those are revoked; see ``DetachOperation``.
struct Rotation: Sendable {
    let names: NodeNames
    /// What the ids of the cluster's volume users begin with.
    let prefix: String
    let isRevoking: Bool
    let fencer: CephCredentials?

    private struct Plan: Sendable {
        /// Users that nodes have.
        var held: [String] = []
        /// Users that may exist and that no node has.
        var spare: [String] = []
        /// Nil when the volume has no users.
        var own: OwnUsers?
    }

    /// - Returns: the ids of users that are removed, or will be with the last node that has them.
    func run(_ steps: VolumeSteps) async throws -> [String] {
        let plan = try await steps.files { try advance($0, steps.request) }
        guard let own = plan.own else { return [] }
        let spare = try await steps.monitors(.dropUser) { rados in
            try plan.spare.filter { try own.isThere($0, rados) }
        }
        try await steps.removeUsers(spare, of: own)
        if isRevoking {
            try await steps.removeUsers(plan.held, of: own)
            if let fencer, !plan.held.isEmpty { try await steps.fence(plan.held, as: fencer) }
            // Only now: what fails before is done again by the next attempt, which must find the old users.
            try await steps.files { try renew($0) }
        }
        return plan.held + spare
    }

    private func advance(_ work: VolumeDirectory, _ place: ResolvedVolume) throws -> Plan {
        guard case .volume(let volume) = try work.find() else { throw notFound(place) }
        do {
            guard try work.hasAttachments() else { return Plan() }
            let own = try work.ownUsers(volume, prefix: prefix)
            let held = Set(try work.attachments().compactMap(\.record).flatMap(\.users)).sorted()
            for user in held { try own.require(user) }
            guard own.users.generation < VolumeDirectory.maximumGeneration else {
                throw VolumeError.preconditionFailed("the volume's users were replaced too often")
            }
            try work.setGeneration(own.users.generation + 1)
            return Plan(held: held, spare: own.users.everShared.filter { !held.contains($0) }, own: own)
        } catch is VolumeMissing {
            throw notFound(place)
        }
    }

    /// Entries name users that are gone: a node that asks again gets one of the new generation.
    private func renew(_ work: VolumeDirectory) throws {
        guard case .volume(let volume) = try work.find() else { return }
        let users = VolumeUsers(prefix: prefix, data: volume.data, generation: try work.generation())
        do {
            for (entry, record) in try work.attachments() {
                guard var record else { continue }
                switch record.mode {
                case .volume: record.user = users.shared(readOnly: record.readOnly)
                case .node: record.user = users.ofNode(names.tag(record.nodeID), readOnly: record.readOnly)
                case .shared: continue
                }
                record.former = []
                try work.write(record, entry: entry)
            }
        } catch is VolumeMissing {
            // Deleted by another replica, and its users with it.
        }
    }

    private func notFound(_ place: ResolvedVolume) -> VolumeError { .notFound("volume \(place.id) does not exist") }
}
