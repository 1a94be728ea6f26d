import Ceph
import Glibc
import Synchronization

/// One copy on one mount: what its workers share.
final class CopySession: Sendable {
    let mount: CephFSMount
    let paths: TreeCopier.Paths
    let options: TreeCopier.Options
    let progress: CopyProgress
    let queue: CopyQueue
    let writeCaps = WriteCapsWatch()
    /// Whether a directory may have a ``CharacterMap``.
    let hasCharacterMaps: Bool
    private let totals: CopyTotals?
    private let prepared = Mutex<HardLinks?>(nil)

    private static let links = "links"

    init(
        _ mount: CephFSMount,
        _ paths: TreeCopier.Paths,
        _ totals: CopyTotals?,
        _ options: TreeCopier.Options,
        _ progress: CopyProgress,
        _ hasCharacterMaps: Bool
    ) {
        self.mount = mount
        self.paths = paths
        self.totals = totals
        self.options = options
        self.progress = progress
        self.hasCharacterMaps = hasCharacterMaps
        queue = CopyQueue()
    }

    func stop() { queue.stop() }

    /// Works until the copy is over, whoever else works on it.
    func work() throws {
        let buffer = CephBuffer(size: options.chunkBytes)
        while true {
            let next = try queue.next()
            if case .over = next { return }
            do {
                switch next {
                case .start: try prepare()
                case .task(let task): try perform(task, buffer)
                case .finish: try finish()
                case .over: break
                }
                queue.done()
            } catch {
                queue.fail(error)
            }
        }
    }

    /// Makes the destination and scratch, and begins with the root.
    private func prepare() throws {
        let source = try mount.node(paths.source)
        let status = try source.status()
        guard status.kind == .directory else {
            throw CephError(call: "ceph_ll_opendir", code: ENOTDIR, path: mount.absolute(paths.source))
        }
        _ = try directory(paths.scratch)
        progress.begin(try totals ?? measure())
        let links = try directory("\(paths.scratch)/\(Self.links)")
        prepared.withLock { $0 = HardLinks(directory: links.node) }
        let target = try directory(paths.destination)
        let root = CopyDirectory(
            source: source,
            live: try liveRoot(),
            status: status,
            target: target.node,
            isFresh: try target.isNew || TreeEntryCopy.isEmpty(target.node),
            parent: nil,
            hasCharacterMap: try keepCharacterMap(of: source, on: target.node, inherits: true)
        )
        progress.finishedEntry()
        if !target.isNew { try AttributeCopy.removeInheritedACL(from: target.node) }
        queue.push([.list(root)])
    }

    /// As ``CharacterMap/keep(of:on:inherits:)``, where there may be one.
    func keepCharacterMap(of source: CephNode, on target: CephNode, inherits: Bool) throws -> Bool {
        try hasCharacterMaps && CharacterMap.keep(of: source, on: target, inherits: inherits)
    }

    private func directory(_ path: String) throws -> (node: CephNode, isNew: Bool) {
        let isNew = try mount.makeDirectoryIfMissing(path, mode: 0o700)
        return (try mount.node(path), isNew)
    }

    /// The source's recursive statistics: entries without the root, which is why one is added.
    private func measure() throws -> CopyTotals {
        let entries = try mount.attribute("ceph.dir.rentries", of: paths.source)
        let bytes = try mount.attribute("ceph.dir.rbytes", of: paths.source)
        return CopyTotals(entries: UInt64(entries) ?? 0, bytes: UInt64(bytes) ?? 0)
    }

    private func perform(_ task: CopyTask, _ buffer: CephBuffer) throws {
        switch task {
        case .list(let directory):
            try list(directory)
        case .copy(let entry, let directory):
            guard let links = prepared.withLock({ $0 }) else { return }
            let copy = TreeEntryCopy(session: self, links: links, entry: entry, directory: directory, buffer: buffer)
            guard try copy.run() else { return }
            try finished(in: directory)
        case .help(let file):
            try file.work(buffer, progress) { queue.isStopped }
        }
    }

    private func list(_ directory: CopyDirectory) throws {
        let writeBack = WriteBack(options: options, checkStop: queue.checkStop)
        let entries = try fromSource { try directory.nextEntries(options.batch, after: writeBack) } ?? []
        guard !entries.isEmpty else { return try finished(in: directory) }
        queue.push([.list(directory)] + entries.map { .copy($0, directory) })
    }

    /// Notes that something in a directory is done. What was the last thing in it completes the directory, and that may
    /// have been the last thing in the one above.
    func finished(in directory: CopyDirectory) throws {
        var current: CopyDirectory? = directory
        while let directory = current, directory.finishedOne() {
            try queue.checkStop()
            try AttributeCopy(source: directory.source, status: directory.status, target: directory.target)
                .run(replacing: !directory.isFresh && directory.parent != nil)
            current = directory.parent
        }
    }

    /// What a call for something in the source returns; nil when it has vanished from there, as it may when the source
    /// is no snapshot.
    func fromSource<Value>(_ body: () throws -> Value) throws -> Value? {
        do {
            return try body()
        } catch let error as CephError where !paths.sourceIsSnapshot && (error.code == ENOENT || error.code == ESTALE) {
            progress.vanishedEntry()
            return nil
        }
    }

    /// Everything is on disk, and then scratch goes. After a crash in between the next run finds all complete.
    private func finish() throws {
        try prepared.withLock { $0 }?.removeNames { try queue.checkStop() }
        try writeCaps.waitUntilReleased(on: mount) { try queue.checkStop() }
        try mount.removeTree(paths.scratch) { !queue.isStopped }
        progress.finish()
    }
}
