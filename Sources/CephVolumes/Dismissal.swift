import Ceph
import Volumes

/// Ending nodes' use of a volume. Users go before their entries, so that no crash leaves a user that is written down
/// nowhere.
struct Dismissal: Sendable {
    /// The node's entry; nil for all of them.
    let entry: String?
    /// What the ids of the cluster's volume users begin with.
    let prefix: String
    let fencer: CephCredentials?

    private struct Plan: Sendable {
        var entries: [String] = []
        /// Of the mode `node`: removed, and their sessions ended.
        var fenced: [String] = []
        /// Of older generations, and no other node has them: removed.
        var spent: [String] = []
    }

    func run(_ steps: VolumeSteps) async throws {
        let plan = try await steps.files { work in try self.plan(work) }
        guard !plan.entries.isEmpty else { return }
        if !plan.fenced.isEmpty {
            guard let fencer else { throw CephCredentialIssuer.fencerMissing("unpublishing with credentials: node") }
            try await steps.removeUsers(plan.fenced)
            try await steps.fence(plan.fenced, as: fencer)
        }
        try await steps.removeUsers(plan.spent)
        try await steps.files { work in
            for entry in plan.entries { try work.strike(entry) }
        }
    }

    private func plan(_ work: VolumeWork) throws -> Plan {
        guard case .volume(let volume) = try work.find() else { return Plan() }
        let all = try work.attachments()
        let leaving = all.filter { entry == nil || $0.entry == entry }
        guard !leaving.isEmpty else { return Plan() }
        let current = VolumeUsers(prefix: prefix, data: volume.data, generation: try work.generation())
        let kept = Set(
            all.filter { attachment in !leaving.contains { $0.entry == attachment.entry } }
                .compactMap(\.record)
                .flatMap(\.users)
        )
        var plan = Plan(entries: leaving.map(\.entry))
        for record in leaving.compactMap(\.record) {
            switch record.mode {
            case .node: plan.fenced += record.users
            case .volume:
                // The volume's own user stays for the next node, until the volume is deleted.
                let standing = current.shared(readOnly: record.readOnly)
                plan.spent += record.users.filter { $0 != standing && !kept.contains($0) }
            case .shared: break
            }
        }
        return plan
    }
}
