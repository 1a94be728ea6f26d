import Ceph
import Synchronization

/// A directory being copied, from its first entry to its own attributes.
///
/// Those come last: whatever is made in a directory changes its times, and an ACL for new entries would be inherited by
/// the copies.
final class CopyDirectory: Sendable {
    let source: CephNode
    /// What the source shows as it was, where it lies in a snapshot and that is still there.
    let live: CephNode?
    /// What the source was when it was listed.
    let status: CephNodeStatus
    let target: CephNode
    /// Whether nothing was in the target when this run came to it, so that nothing need be looked for.
    let isFresh: Bool
    let parent: CopyDirectory?
    /// Whether both have a ``CharacterMap``.
    let hasCharacterMap: Bool
    /// Entries that are not done, and 1 for the listing.
    private let pending = Atomic(1)
    /// Used by the worker that lists, which is one at a time.
    private let stream = Mutex<CephDirectoryStream?>(nil)

    init(
        source: CephNode,
        live: CephNode?,
        status: CephNodeStatus,
        target: CephNode,
        isFresh: Bool,
        parent: CopyDirectory?,
        hasCharacterMap: Bool
    ) {
        self.source = source
        self.live = live
        self.status = status
        self.target = target
        self.isFresh = isFresh
        self.parent = parent
        self.hasCharacterMap = hasCharacterMap
    }

    /// The next entries of the source; none at the end. Before the first, clients have written back what they lack.
    func nextEntries(_ limit: Int, after writeBack: WriteBack) throws -> [CephDirectoryStream.Entry] {
        try stream.withLock { stream in
            if stream == nil, let live { try writeBack.run(live) }
            let open = try stream ?? CephDirectoryStream(source)
            stream = open
            let entries = try open.next(limit)
            // The MDS's listing is not held open while the directories below are copied after it.
            if entries.isEmpty { stream = nil }
            pending.add(entries.count, ordering: .relaxed)
            return entries
        }
    }

    /// Notes that an entry, or the listing, is done; true when it was the last thing to do.
    func finishedOne() -> Bool {
        pending.subtract(1, ordering: .acquiringAndReleasing).newValue == 0
    }
}
