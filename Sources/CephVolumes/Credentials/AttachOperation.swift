import Ceph
import Cryptography
import Glibc
import System
import Volumes

/// Admitting a node: the attachment is written down, then the user made, then the volume looked at once more.
///
/// In this order no crash leaves a user that is written down nowhere, and none is left to a volume that another replica
/// has deleted meanwhile: that one removes what it finds written down, this one what it has made after.
struct AttachOperation: Sendable {
    let request: AdmissionRequest
    let names: NodeNames
    let fencer: CephCredentials?
    /// What the ids of the cluster's volume users begin with.
    let prefix: String
    /// Of which kind its key is to be.
    let keyType: Cluster.CephxKeyType

    /// How many generations of users are tried: other replicas make users too, by another configuration for a while.
    private static let attempts = 3

    /// What the user is made with.
    private struct Plan: Sendable {
        let data: String
        var record: AttachmentRecord
        /// Whether the node had the volume before.
        let isKnown: Bool
        let caps: CephUserCaps
        let own: OwnUsers
        /// Users of the key that the node had before.
        var replaced: [String] = []
    }

    /// - Returns: the user; nil in the mode `shared`.
    func run(_ steps: VolumeSteps) async throws -> CephCredentials? {
        var plan = try await steps.files { work in try self.plan(work, steps) }
        if !plan.replaced.isEmpty { plan = try await takeOver(plan, steps) }
        guard var user = plan.record.user else { return nil }
        var key = try await make(user, plan.caps, steps)
        for _ in 1..<Self.attempts where key == nil {
            // Another volume's user has the name of this one's: its caps say so.
            let (own, known) = (plan.own, user)
            _ = try await steps.monitors(.mint) { try own.isThere(known, $0) }
            // Made by another version of this plugin, or the volume's pool or the kind of key was changed: changing a
            // user in place would take rights that let their holder make any user, so the volume gets users of a new
            // generation.
            let renewed = plan
            plan = try await steps.files { try renew(renewed, $0) }
            user = plan.record.user ?? user
            key = try await make(user, plan.caps, steps)
        }
        guard let key else {
            throw VolumeError.unexpected(
                "client.\(user) and the users before it exist with other caps or another kind of key: retry"
            )
        }
        let data = plan.data
        guard try await steps.files({ try isThere($0, data) }) else {
            try await steps.removeUsers(plan.record.users, of: plan.own)
            throw notFound
        }
        return CephCredentials(user: user, key: key)
    }

    /// Finds the volume and writes the attachment down, unless it is.
    private func plan(_ work: VolumeDirectory, _ steps: VolumeSteps) throws -> Plan {
        guard case .volume(let volume) = try work.find() else { throw notFound }
        do {
            if volume.isShallow {
                try refuseUnfit()
                _ = try work.shallowSource(volume)
            }
            let entry = names.entry(request.node)
            var record: AttachmentRecord
            var isKnown = false
            var replaced: [String] = []
            let own = try work.ownUsers(volume, prefix: prefix)
            try refuseOtherNodes(work, entry: entry)
            if var known = try work.attachment(entry) {
                try refuseConflict(known)
                try refuseForged(known, own, entry)
                if known.mode == .node, known.nodeID != request.nodeID, known.publicKey != nil {
                    try steps.store.claims.require(request.nodeID, in: entry, of: request.volume, known: known)
                    replaced = known.users
                } else if known.nodeID != request.nodeID || known.singleNode != request.singleNode {
                    known.nodeID = request.nodeID
                    known.singleNode = request.singleNode
                    try work.write(known, entry: entry)
                }
                record = known
                isKnown = true
            } else {
                record = try newRecord(volume.data, work)
                try work.write(record, entry: entry)
            }
            if try isUserLeaving(record, work) { record = try renewed(record, isKnown: isKnown, volume.data, work) }
            // After the attachment is written down: from then on a volume whose snapshot backs this one stays.
            let directory =
                volume.isShallow ? try work.shallowSource(volume).directory : work.layout.dataPath(volume.data)
            let objects = try work.objects(in: directory)
            let caps = CephUserCaps.volume(
                filesystem: steps.request.id.filesystem,
                path: work.mount.absolute(directory),
                pool: objects.pool,
                namespace: objects.namespace,
                readOnly: request.readOnly
            )
            return Plan(data: volume.data, record: record, isKnown: isKnown, caps: caps, own: own, replaced: replaced)
        } catch is VolumeMissing {
            throw notFound
        }
    }

    /// The user's caps end at the data directory of the snapshot's volume, which a shared user need not reach.
    private func refuseUnfit() throws {
        guard request.readOnly else {
            throw VolumeError.invalid(
                field: "volume_capability.access_mode.mode",
                fix: "must be reader-only: this is a shallow volume (backingSnapshot)"
            )
        }
        guard request.mode != .shared else {
            throw VolumeError.invalid(
                field: "volume_context[credentials]",
                fix: "must be volume or node: this is a shallow volume (backingSnapshot)"
            )
        }
    }

    private func newRecord(_ data: String, _ work: VolumeDirectory) throws -> AttachmentRecord {
        AttachmentRecord(
            node: request.node,
            nodeID: request.nodeID,
            mode: request.mode,
            readOnly: request.readOnly,
            singleNode: request.singleNode,
            user: user(VolumeUsers(prefix: prefix, data: data, generation: try work.generation())),
            created: WallClock.now.compact
        )
    }

    private func user(_ users: VolumeUsers) -> String? {
        switch request.mode {
        case .volume: users.shared(readOnly: request.readOnly)
        case .node: users.ofNode(names.tag(request.nodeID), readOnly: request.readOnly)
        case .shared: nil
        }
    }

    /// Ends the use by the key that the node had before, and only then writes the new one down.
    private func takeOver(_ plan: Plan, _ steps: VolumeSteps) async throws -> Plan {
        guard let fencer else { throw CephCredentialIssuer.fencerMissing("credentials: node") }
        try await steps.removeUsers(plan.replaced, of: plan.own)
        try await steps.fence(plan.replaced, as: fencer)
        var plan = plan
        let (entry, data) = (names.entry(request.node), plan.data)
        plan.record = try await steps.files { work in
            do {
                let record = try newRecord(data, work)
                try work.write(record, entry: entry)
                return record
            } catch is VolumeMissing {
                throw notFound
            }
        }
        steps.store.tookOver(entry, request.nodeID, request.volume)
        return plan
    }

    /// What is written down about a node decides whose key it is given.
    private func refuseForged(_ known: AttachmentRecord, _ own: OwnUsers, _ entry: String) throws {
        let possible = own.users.ever(of: known, tags: names.tags(known))
        guard let stranger = known.users.first(where: { !possible.contains($0) }) else { return }
        throw VolumeError.tampered(
            "the attachment \(entry) of the volume at \(own.place) does not match it: it names client.\(stranger). "
                + "Someone with write access to the group may have forged it; nothing was changed. Find out who did, "
                + "and unpublish the volume from the node"
        )
    }

    /// One node at a time where this request or an earlier one wants it so (CSI spec, ControllerPublishVolume: the
    /// message names the node that has it).
    private func refuseOtherNodes(_ work: VolumeDirectory, entry: String) throws {
        let others = try work.attachments().filter { $0.entry != entry }.compactMap(\.record)
        guard let other = request.singleNode ? others.first : others.first(where: \.singleNode) else { return }
        throw VolumeError.preconditionFailed(
            "the volume is published to node \(other.node), and the access mode of "
                + (other.singleNode ? "that" : "this") + " publishing allows one node only"
        )
    }

    private func refuseConflict(_ known: AttachmentRecord) throws {
        guard known.mode != request.mode || known.readOnly != request.readOnly || known.node != request.node else {
            return
        }
        throw VolumeError.alreadyExists(
            conflict: "the volume is published to \(known.node) with credentials \(known.mode.rawValue), "
                + (known.readOnly ? "read-only" : "read-write") + ": unpublish it first"
        )
    }

    /// The user's key; nil when it exists with other caps or a key of another kind.
    private func make(_ user: String, _ caps: CephUserCaps, _ steps: VolumeSteps) async throws -> Secret? {
        try await steps.monitors(.mint) { rados in
            // Each time: who sees that nodes can't use a kind of key changes it now, and a key is given out for good.
            let accepted = try rados.acceptedKeyKinds()
            let kind = try VolumeKeyKind.choose(keyType, accepted: accepted, cluster: steps.request.cluster.id)
            do {
                let key = try rados.makeUser(user, caps: caps.pairs, kind: accepted == nil ? nil : kind)
                return CephxKey.kind(of: key) == kind ? key : nil
            } catch let error as CephError where error.code == EINVAL {
                // Caps that can't be parsed are refused with the same errno: then there is no user.
                guard try rados.hasUser(user) else { throw error }
                return nil
            }
        }
    }

    /// Whether another replica is removing the user because its last node is being detached: see ``DetachOperation``.
    private func isUserLeaving(_ record: AttachmentRecord, _ work: VolumeDirectory) throws -> Bool {
        guard record.mode == .volume, let user = record.user else { return false }
        return try work.attachments().compactMap(\.record).contains { $0.isLeaving && $0.users.contains(user) }
    }

    /// Gives the entry a user of the next generation.
    private func renew(_ plan: Plan, _ work: VolumeDirectory) throws -> Plan {
        var plan = plan
        do {
            plan.record = try renewed(plan.record, isKnown: plan.isKnown, plan.data, work)
        } catch is VolumeMissing {
            throw notFound
        }
        return plan
    }

    private func renewed(
        _ record: AttachmentRecord,
        isKnown: Bool,
        _ data: String,
        _ work: VolumeDirectory
    ) throws -> AttachmentRecord {
        var record = record
        var users = VolumeUsers(prefix: prefix, data: data, generation: try work.generation())
        // Another node's admission may have found the same before.
        if user(users) == record.user {
            users.generation += 1
            try work.setGeneration(users.generation)
        }
        // What other nodes have goes with them; what nobody has, with this one.
        let entry = names.entry(request.node)
        let staying = try work.attachments().filter { $0.entry != entry }.compactMap(\.record).filter { !$0.isLeaving }
        let held = staying.flatMap(\.users)
        record.former = record.users.filter { isKnown || !held.contains($0) }
        record.user = user(users)
        record.isLeaving = false
        try work.write(record, entry: entry)
        return record
    }

    /// Whether the volume of that data directory still has its place.
    private func isThere(_ work: VolumeDirectory, _ data: String) throws -> Bool {
        guard case .volume(let record) = try work.find() else { return false }
        return record.data == data
    }

    private var notFound: VolumeError { .notFound("volume \(request.volume) does not exist") }
}
