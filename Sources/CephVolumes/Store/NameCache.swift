import Synchronization
import System
import Volumes

/// The sorted names in groups' directories, read as a whole and kept for a few seconds: a list comes in pages, and
/// reading a directory with tens of thousands of names for each would take most of the time.
///
/// What this process makes and removes is noted, so it is seen at once; what others do is seen when the names are read
/// anew.
final class NameCache: Sendable {
    /// A group; the directory that holds the groups where `group` is empty.
    struct Directory: Hashable, Sendable {
        let cluster: String
        let filesystem: String
        let group: String

        init(cluster: String, filesystem: String, group: String) {
            self.cluster = cluster
            self.filesystem = filesystem
            self.group = group
        }

        init(groupOf id: VolumeID) {
            self.init(cluster: id.cluster, filesystem: id.filesystem, group: id.group)
        }
    }

    private struct Change {
        let name: String
        let isThere: Bool
    }

    private struct State {
        var known: [Directory: (names: [String], until: ContinuousClock.Instant)] = [:]
        /// Changes since the oldest reading under way of each directory began, and how many are under way.
        var readings: [Directory: (count: Int, changes: [Change])] = [:]
    }

    private let lifetime: Duration
    private let state = Mutex(State())

    /// - Parameter lifetime: how long names read once are kept; four times longer than reading them took, where that is
    ///   more, or a slow cluster would do nothing else.
    init(lifetime: Duration = .seconds(5)) {
        self.lifetime = lifetime
    }

    /// The directory's names: those kept, or those that `read` returns, sorted.
    func names(
        of directory: Directory,
        _ read: () async throws -> [String]
    ) async throws -> [String] {
        let begun = ContinuousClock.now
        if let known = kept(directory, at: begun) { return known }
        state.withLock { $0.readings[directory, default: (0, [])].count += 1 }
        do {
            let names = try await read()
            return finish(directory, names, begun)
        } catch {
            finish(directory, nil, begun)
            throw error
        }
    }

    /// Notes that a volume was made, and so its group.
    func added(_ id: VolumeID) {
        note(Change(name: id.volume, isThere: true), in: Directory(groupOf: id))
        let groups = Directory(cluster: id.cluster, filesystem: id.filesystem, group: "")
        note(Change(name: id.group, isThere: true), in: groups)
    }

    /// Notes that a volume was removed.
    func removed(_ id: VolumeID) { note(Change(name: id.volume, isThere: false), in: Directory(groupOf: id)) }

    private func kept(_ directory: Directory, at now: ContinuousClock.Instant) -> [String]? {
        state.withLock { state in
            for (directory, entry) in state.known where entry.until < now { state.known[directory] = nil }
            return state.known[directory]?.names
        }
    }

    /// Keeps what a reading found, with the changes that it may have missed.
    @discardableResult
    private func finish(_ directory: Directory, _ names: [String]?, _ begun: ContinuousClock.Instant) -> [String] {
        state.withLock { state in
            guard var reading = state.readings[directory] else { return names ?? [] }
            reading.count -= 1
            state.readings[directory] = reading.count > 0 ? reading : nil
            guard var names else { return [] }
            for change in reading.changes { Self.apply(change, to: &names) }
            let now = ContinuousClock.now
            state.known[directory] = (names, now + max(lifetime, begun.duration(to: now) * 4))
            return names
        }
    }

    private func note(_ change: Change, in directory: Directory) {
        state.withLock { state in
            state.readings[directory]?.changes.append(change)
            guard var entry = state.known.removeValue(forKey: directory) else { return }
            // Taken out meanwhile, so that the names are changed in place.
            Self.apply(change, to: &entry.names)
            state.known[directory] = entry
        }
    }

    private static func apply(_ change: Change, to names: inout [String]) {
        let index = names.firstIndex(notBelow: change.name)
        let isThere = index < names.count && names[index] == change.name
        switch (change.isThere, isThere) {
        case (true, false): names.insert(change.name, at: index)
        case (false, true): names.remove(at: index)
        default: break
        }
    }
}

extension [String] {
    /// The index of the first name, in a sorted array, that is not below `name` (binary search).
    func firstIndex(notBelow name: String) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if self[middle] < name { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
