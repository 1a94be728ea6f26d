import Ceph
import Glibc
import System
import Volumes

/// A page of the list of all volumes: clusters, groups and volumes in the order of their ids.
///
/// Names are read a directory at a time and kept for the next pages (``NameCache``); records are read for the page
/// alone, by several threads. A place in the list is an id, which need not exist any more. Of each cluster it has the
/// file system that the configuration names.
struct VolumeList: Sendable {
    let store: CephVolumeStore

    /// Threads that read a page's records. The MDS answers no faster to more, and requests need some too.
    private static let readers = 8
    /// Records for which another thread is worth its while.
    private static let share = 16

    /// Some of the names of a group.
    private struct Stretch: Sendable {
        let group: String
        let names: ArraySlice<String>
    }

    /// See ``VolumeManager/volumes(after:limit:)``.
    func page(after last: VolumeID?, limit: Int) async throws -> Page<VolumeDetails> {
        var entries: [VolumeDetails] = []
        var seen: VolumeID?
        for cluster in store.clusters.clusterIDs.sorted().compactMap(store.clusters.cluster) {
            guard Self.isAhead((cluster.id, cluster.filesystem), of: last) else { continue }
            let request = try await store.clusterRequest(cluster)
            let last = Self.isIn(request, last) ? last : nil
            for group in try await groups(request) {
                if let last, group < last.group { continue }
                let names = try await names(request, group)
                var index = last?.group == group ? Self.index(in: names, behind: last) : 0
                while index < names.count {
                    guard entries.count < limit else { return Page(entries: entries, next: seen) }
                    let end = min(index + limit - entries.count, names.count)
                    entries += try await details(request, Stretch(group: group, names: names[index..<end]))
                    seen = Self.id(request, group, names[end - 1])
                    index = end
                }
            }
        }
        return Page(entries: entries, next: nil)
    }

    /// Whether a file system has volumes that may come behind the place.
    private static func isAhead(_ place: (String, String), of last: VolumeID?) -> Bool {
        guard let last else { return true }
        return place >= (last.cluster, last.filesystem)
    }

    private static func isIn(_ request: ResolvedCluster, _ last: VolumeID?) -> Bool {
        last?.cluster == request.cluster.id && last?.filesystem == request.filesystem
    }

    private static func index(in names: [String], behind last: VolumeID?) -> Int {
        guard let last else { return 0 }
        let index = names.firstIndex(notBelow: last.volume)
        return index < names.count && names[index] == last.volume ? index + 1 : index
    }

    private static func id(_ request: ResolvedCluster, _ group: String, _ volume: String) -> VolumeID? {
        VolumeID(cluster: request.cluster.id, filesystem: request.filesystem, group: group, volume: volume)
    }

    private func groups(_ request: ResolvedCluster) async throws -> [String] {
        try await names(request, "") { FileName.isSafe($0) }
            .filter { store.clusters.lists($0, as: request.cluster) }
    }

    /// Names that volumes may have; names that have no room in an id are none.
    private func names(_ request: ResolvedCluster, _ group: String) async throws -> [String] {
        try await names(request, group) { FileName.isSafe($0) && Self.id(request, group, $0) != nil }
    }

    private func names(
        _ request: ResolvedCluster,
        _ group: String,
        where isWanted: @escaping @Sendable (String) -> Bool
    ) async throws -> [String] {
        let directory = NameCache.Directory(
            cluster: request.cluster.id,
            filesystem: request.filesystem,
            group: group
        )
        return try await store.names.names(of: directory) { try await read(request, group, where: isWanted).sorted() }
    }

    private func read(
        _ request: ResolvedCluster,
        _ group: String,
        where isWanted: @escaping @Sendable (String) -> Bool
    ) async throws -> [String] {
        var names: [String] = []
        var open: CephNameStream?
        repeat {
            store.heapUpkeep.used()
            let read = try await store.look("listing \(group)", request) { [open] look in
                try look.step(.list) { try Self.next(open, look.mount, "/\(group)", where: isWanted) }
            }
            // Removed meanwhile, or a file among the groups.
            guard let (stream, stretch) = read else { return [] }
            names += stretch.names
            open = stretch.goesOn ? stream : nil
            try await store.listPace.wait(forNames: stretch.count)
        } while open != nil
        return names
    }

    private static func next(
        _ open: CephNameStream?,
        _ mount: CephFSMount,
        _ path: String,
        where isWanted: (String) -> Bool
    ) throws -> (CephNameStream, CephNameStream.Stretch)? {
        do {
            let stream = try open ?? CephNameStream(mount, path)
            return (stream, try stream.next(where: isWanted))
        } catch let error as CephError where error.isMissing || error.code == ENOTDIR || error.code == ELOOP {
            return nil
        }
    }

    /// The volumes among the names, in their order.
    private func details(_ request: ResolvedCluster, _ stretch: Stretch) async throws -> [VolumeDetails] {
        let names = stretch.names
        store.heapUpkeep.used()
        try await store.listPace.wait(forVolumes: names.count)
        let parts = max(min(names.count / Self.share, Self.readers), 1)
        let size = (names.count + parts - 1) / parts
        return try await withThrowingTaskGroup(of: (Int, [VolumeDetails]).self) { tasks in
            for part in 0..<parts {
                let begin = names.startIndex + part * size
                let slice = names[min(begin, names.endIndex)..<min(begin + size, names.endIndex)]
                tasks.addTask { (part, try await read(request, Stretch(group: stretch.group, names: slice))) }
            }
            var found = [[VolumeDetails]](repeating: [], count: parts)
            for try await (part, details) in tasks { found[part] = details }
            return found.flatMap { $0 }
        }
    }

    private func read(_ request: ResolvedCluster, _ stretch: Stretch) async throws -> [VolumeDetails] {
        try await store.look("listing \(stretch.group)", request) { look in
            try stretch.names.compactMap { name in
                guard let id = Self.id(request, stretch.group, name) else { return nil }
                do {
                    return try look.work(group: stretch.group, volume: name).details(id, .listed)
                } catch VolumeError.tampered(let message) {
                    // No volume, and the others are none the worse for it.
                    _ = store.noted(.tampered(message), "listing \(id)")
                    return nil
                }
            }
        }
    }
}
