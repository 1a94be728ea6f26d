import Ceph
import Volumes

/// Ending nodes' use of a volume. Users go before their entries, so that no crash leaves a user that is written down
/// nowhere.
struct DetachOperation: Sendable {
    /// The node's CSI id, or its name; nil for all nodes.
    let node: String?
    let names: NodeNames
    /// What the ids of the cluster's volume users begin with.
    let prefix: String
    let fencer: CephCredentials?

    private struct Plan: Sendable {
        let own: OwnUsers
        var entries: [String] = []
        /// Of the mode `node`: removed, and their sessions ended.
        var fenced: [String] = []
        /// No other node has them: removed.
        var spent: [String] = []
        /// What is written down and can't be true.
        var forgery: VolumeError?
        /// Entries of the node's name and another key.
        var claimed: [String] = []
    }

    func run(_ steps: VolumeSteps) async throws {
        guard let plan = try await steps.files({ work in try self.plan(work, steps) }) else { return }
        guard !plan.entries.isEmpty else { return }
        if !plan.fenced.isEmpty {
            guard let fencer else { throw CephCredentialIssuer.fencerMissing("unpublishing with credentials: node") }
            try await steps.removeUsers(plan.fenced, of: plan.own)
            try await steps.fence(plan.fenced, as: fencer)
        }
        try await steps.removeUsers(plan.spent, of: plan.own)
        try await steps.files { work in
            for entry in plan.entries { try work.strike(entry) }
        }
        for entry in plan.claimed {
            steps.store.tookOver(entry, node ?? "", steps.request.id)
        }
        // All that the volume's own users could do is over; and somebody should know.
        if let forgery = plan.forgery { throw steps.store.noted(forgery, "\(steps.label) \(steps.request.id)") }
    }

    private func plan(_ work: VolumeDirectory, _ steps: VolumeSteps) throws -> Plan? {
        guard case .volume(let volume) = try work.find() else { return nil }
        let plan = try plan(volume, work, steps)
        guard !plan.spent.isEmpty else { return plan }
        do {
            try announce(plan, work)
        } catch is VolumeMissing {
            return nil
        }
        // Another replica may have given one of them to a node meanwhile: then that node's entry is there now. Who writes
        // an entry after this look sees the announcement, and takes a user of another name.
        return try self.plan(volume, work, steps)
    }

    /// Says in the entries that their users are being removed, before it is known for good which can be.
    private func announce(_ plan: Plan, _ work: VolumeDirectory) throws {
        for (entry, record) in try work.attachments() where plan.entries.contains(entry) {
            guard var record, record.mode == .volume, !record.isLeaving else { continue }
            record.isLeaving = true
            try work.write(record, entry: entry)
        }
    }

    private func plan(_ volume: VolumeRecord, _ work: VolumeDirectory, _ steps: VolumeSteps) throws -> Plan {
        let all = try work.attachments()
        var plan = Plan(own: try work.ownUsers(volume, prefix: prefix))
        for (entry, record) in all where try isLeaving(entry, record, steps, &plan) { plan.entries.append(entry) }
        let kept = Set(all.filter { !plan.entries.contains($0.entry) }.compactMap(\.record).flatMap(\.users))
        for (entry, record) in all where plan.entries.contains(entry) {
            guard let record else { continue }
            let told = users(of: record, entry, &plan)
            switch record.mode {
            case .node: plan.fenced += told
            // The last node takes the user along: its key is to open nothing any more.
            case .volume: plan.spent += told.filter { !kept.contains($0) }
            case .shared: break
            }
        }
        (plan.fenced, plan.spent) = (Set(plan.fenced).sorted(), Set(plan.spent).sorted())
        return plan
    }

    /// Whether the entry is the node's: by its name, and in the mode `node` by its key; another name of the same key is the
    /// same node.
    private func isLeaving(
        _ entry: String,
        _ record: AttachmentRecord?,
        _ steps: VolumeSteps,
        _ plan: inout Plan
    ) throws -> Bool {
        guard let node else { return true }
        let identity = NodeIdentity(node)
        let isNamed = entry == names.entry(identity?.name ?? node)
        guard let record else { return isNamed }
        if let key = identity?.publicKey, key == record.publicKey { return true }
        guard isNamed else { return false }
        guard record.mode == .node, identity != nil, record.publicKey != nil else { return true }
        try steps.store.claims.require(node, in: entry, of: steps.request.id, known: record)
        plan.claimed.append(entry)
        return true
    }

    /// The volume's users that an entry stands for. Where what it says can't be true, those that its node may have had.
    private func users(of record: AttachmentRecord, _ entry: String, _ plan: inout Plan) -> [String] {
        guard record.mode != .shared else { return [] }
        let tags = names.tags(record) + [node].compactMap { $0 }.map(names.tag)
        let possible = plan.own.users.ever(of: record, tags: tags)
        let strangers = record.users.filter { !possible.contains($0) }
        guard let stranger = strangers.first ?? (names.entry(record.node) == entry ? nil : record.node) else {
            return record.users
        }
        plan.forgery = .tampered(
            "the attachment \(entry) of the volume at \(plan.own.place) does not match it: it names "
                + (strangers.isEmpty ? "the node \(stranger.debugDescription)" : "client.\(stranger)")
                + ", which was left alone. The volume's own users were removed. Someone with write access to the "
                + "group may have forged it: find out who did"
        )
        return possible
    }
}

extension CephVolumeStore {
    /// Says that another key has taken a node's place.
    func tookOver(_ entry: String, _ nodeID: String, _ volume: VolumeID) {
        claims.settle(nodeID, in: entry, of: volume)
        background.log(
            .security,
            "volume \(volume): the node \(entry) has another key now (\(nodeID)): the user of its former key was removed and "
                + "its sessions were ended"
        )
    }
}
