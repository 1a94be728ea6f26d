import Ceph
import Volumes

/// Deleting a volume: its users go first, then one rename moves it to the trash or, when it has snapshots, to where it
/// waits for their end.
///
/// Users go before the rename, so a crash in between leaves nothing that a retry would not do again. A volume that was
/// never published has none, and costs no question to the monitors.
struct VolumeDeletion: Sendable {
    /// What the ids of the cluster's volume users begin with.
    let prefix: String

    /// How many nodes a refusal names.
    private static let namedNodes = 3

    /// What has become of a deletion.
    enum Result: Sendable {
        /// The volume is there now; nil: there was none.
        case away(RemovedVolume?)
        /// Nodes have it. The error says which, for a caller who does not wait.
        case published(VolumeError)
    }

    private enum Outcome {
        case published(VolumeError)
        /// There (nil: there was no volume), but these users have turned up meanwhile.
        case away(RemovedVolume?, latecomers: [String])
        /// Its users go first.
        case hasUsers
    }

    /// Deletes the volume, unless a node has it.
    ///
    /// - Throws: ``VolumeError/preconditionFailed(_:)`` when it was not made by the plugin.
    func run(_ steps: VolumeSteps) async throws -> Result {
        var (outcome, own) = try await steps.files { work -> (Outcome, OwnUsers?) in
            guard case .volume(let record) = try work.find() else { return (try Self.moveAway(work), nil) }
            if let refusal = try Self.shownByOthers(work) { return (.published(refusal), nil) }
            let isPublished = try work.hasAttachments()
            let own = try work.ownUsers(record, prefix: prefix, isPublished: isPublished)
            guard isPublished else { return (try Self.moveAway(work), own) }
            if let refusal = try Self.inUse(work) { return (.published(refusal), nil) }
            return (.hasUsers, own)
        }
        if case .hasUsers = outcome, let own {
            // Those of the mode `node` went with their entries.
            try await steps.removeUsers(own.users.everShared, of: own)
            outcome = try await steps.files { work in
                if let refusal = try Self.inUse(work) { return .published(refusal) }
                return try Self.moveAway(work)
            }
        }
        switch outcome {
        case .published(let refusal): return .published(refusal)
        case .hasUsers: return .away(nil)
        case .away(let place, let latecomers):
            if let own { try await steps.removeUsers(latecomers, of: own) }
            return .away(place)
        }
    }

    private static func inUse(_ work: VolumeDirectory) throws -> VolumeError? {
        let nodes = try work.attachments().compactMap(\.record?.node)
        guard !nodes.isEmpty else { return nil }
        let named = nodes.prefix(namedNodes).joined(separator: ", ")
        let more = nodes.count > namedNodes ? " and \(nodes.count - namedNodes) more" : ""
        return .preconditionFailed("the volume is in use: it is published to \(named)\(more)")
    }

    /// What a published volume shows would move away under it.
    private static func shownByOthers(_ work: VolumeDirectory) throws -> VolumeError? {
        guard let volume = try work.publishedBackings(of: work.layout.volumePath).first else { return nil }
        return .preconditionFailed(
            "volume_id: volume \(volume) shows a snapshot of it (backingSnapshot) and is published: unpublish that "
                + "first"
        )
    }

    /// Another replica may write an attachment down between the last look and the rename. What it wrote has moved
    /// along, and nothing can be written any more.
    private static func moveAway(_ work: VolumeDirectory) throws -> Outcome {
        guard let place = try work.moveAway() else { return .away(nil, latecomers: []) }
        let attachments = try work.attachments(at: place.path)
        return .away(place, latecomers: attachments.compactMap(\.record).flatMap(\.users))
    }
}
