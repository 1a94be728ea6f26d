import Ceph
import Volumes

/// Deleting a volume: its users go first, then one rename moves it to the trash.
///
/// Users go before the rename, so a crash in between leaves nothing that a retry would not do again. A volume that was
/// never published has none, and costs no question to the monitors.
struct VolumeDeletion: Sendable {
    /// What the ids of the cluster's volume users begin with.
    let prefix: String

    /// How many nodes a refusal names.
    private static let namedNodes = 3

    private enum Outcome {
        /// In the trash under that name (nil: there was no volume), but these users have turned up meanwhile.
        case trashed(String?, latecomers: [String])
        /// These users go first.
        case hasUsers([String])
    }

    /// Deletes the volume and returns its name in the trash; nil when there is none.
    ///
    /// - Throws: ``VolumeError/preconditionFailed(_:)`` when it is published to a node, or was not made by the plugin.
    func run(_ steps: VolumeSteps) async throws -> String? {
        var outcome = try await steps.files { work -> Outcome in
            guard case .volume(let record) = try work.find(), try work.hasAttachments() else {
                return try Self.trash(work)
            }
            try Self.refuseInUse(work)
            // Those of the mode `node` went with their entries.
            let users = VolumeUsers(prefix: prefix, data: record.data, generation: try work.generation())
            return .hasUsers(users.everShared)
        }
        if case .hasUsers(let users) = outcome {
            try await steps.removeUsers(users)
            outcome = try await steps.files { work in
                try Self.refuseInUse(work)
                return try Self.trash(work)
            }
        }
        guard case .trashed(let name, let latecomers) = outcome else { return nil }
        try await steps.removeUsers(latecomers)
        return name
    }

    private static func refuseInUse(_ work: VolumeWork) throws {
        let nodes = try work.attachments().compactMap(\.record?.node)
        guard !nodes.isEmpty else { return }
        let named = nodes.prefix(namedNodes).joined(separator: ", ")
        let more = nodes.count > namedNodes ? " and \(nodes.count - namedNodes) more" : ""
        throw VolumeError.preconditionFailed("the volume is in use: it is published to \(named)\(more)")
    }

    /// Another replica may write an attachment down between the last look and the rename. What it wrote has moved
    /// along, and nothing can be written any more.
    private static func trash(_ work: VolumeWork) throws -> Outcome {
        guard let name = try work.moveToTrash() else { return .trashed(nil, latecomers: []) }
        let attachments = try work.attachments(at: "\(VolumeLayout.trash)/\(name)")
        return .trashed(name, latecomers: attachments.compactMap(\.record).flatMap(\.users))
    }
}
