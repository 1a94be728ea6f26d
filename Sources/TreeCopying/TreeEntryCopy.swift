import Ceph
import Glibc

/// One entry of a directory, copied by one worker: found complete, completed, or made.
struct TreeEntryCopy {
    let session: CopySession
    let links: HardLinks
    let entry: CephDirectoryStream.Entry
    let directory: CopyDirectory
    let buffer: CephBuffer

    private var status: CephNodeStatus { entry.status }
    private var options: TreeCopier.Options { session.options }

    /// Whether nothing is in the directory.
    static func isEmpty(_ directory: CephNode) throws -> Bool {
        try CephDirectoryStream(directory).next(1).isEmpty
    }

    /// Returns false for a directory that is only begun: it notes by itself when it is done. Its name is there at once, so
    /// that a deep tree's progress does not wait for the deepest.
    func run() throws -> Bool {
        try session.queue.checkStop()
        if status.kind == .directory {
            try enter()
            return false
        }
        let isCopied =
            status.links > 1
            ? try links.whileHolding(status.inode) { try copyLinked() }
            : try complete(existing()) != nil
        if isCopied { session.progress.finishedEntry() }
        return true
    }

    /// What is at the entry's place already.
    private func existing() throws -> CephFoundNode? {
        directory.isFresh ? nil : try directory.target.child(entry.name)
    }

    private func enter() throws {
        var found = try existing()
        if let other = found, other.status.kind != .directory {
            try directory.target.unlink(entry.name)
            found = nil
        }
        let target = try found ?? directory.target.makeDirectory(entry.name, mode: 0o700)
        let isFresh = try found == nil || Self.isEmpty(target.node)
        if !isFresh { try AttributeCopy.removeInheritedACL(from: target.node) }
        let child = CopyDirectory(
            source: entry.node,
            live: try directory.liveChild(entry.name),
            status: status,
            target: target.node,
            isFresh: isFresh,
            parent: directory,
            hasCharacterMap: try session.keepCharacterMap(
                of: entry.node,
                on: target.node,
                inherits: directory.hasCharacterMap
            )
        )
        session.progress.finishedEntry()
        session.queue.push([.list(child)])
    }

    /// A file with several names: one of them is copied, the others are names of the copy. False when it has vanished.
    private func copyLinked() throws -> Bool {
        let name = HardLinks.name(status.inode)
        let here = try existing()
        guard let known = try links.directory.child(name), known.status.kind == status.kind else {
            guard let copy = try complete(here) else { return false }
            try copy.link(name, in: links.directory)
            try watch(copy)
            return true
        }
        guard let copy = try complete(known, mayReplace: false) else { return false }
        if here?.status.inode == known.status.inode { return true }
        try remove(here)
        try copy.link(entry.name, in: directory.target)
        try watch(copy)
        return true
    }

    /// Has a file whose times are or will be restored looked at once more.
    private func watch(_ copy: CephNode) throws {
        guard status.kind == .file else { return }
        try session.writeCaps.add(
            WriteCapsWatch.File(directory: directory.target, name: entry.name, copy: copy, status: status)
        )
    }

    /// The entry's copy, made or completed; nil when the source has vanished.
    ///
    /// - Parameter mayReplace: whether `existing` is at the entry's own place, so that another can be made there.
    private func complete(_ existing: CephFoundNode?, mayReplace: Bool = true) throws -> CephNode? {
        if let existing, AttributeCopy.isComplete(existing.status, of: status) {
            // Bytes count once, names each: a file's second name finds it complete.
            if mayReplace { session.progress.found(bytes: status.size) }
            return existing.node
        }
        if let existing, status.kind == .file, existing.status.kind == .file {
            return try copyFile(isNew: false) { try $0.resume(existing) }
        }
        // Whatever else there is, is as quickly made as completed; under another name it can only be completed.
        if let existing, !mayReplace {
            try setAttributes(of: existing.node)
            return existing.node
        }
        try remove(existing)
        switch status.kind {
        case .file: return try copyFile(isNew: true) { try $0.create() }
        case .symlink: return try makeSymlink()
        case .special(let type):
            let made = try makeSpecial(type)
            try setAttributes(of: made)
            return made
        case .directory: return nil
        }
    }

    /// What is made with mknod in a directory that folds names gets an empty name (see `CephNode.createFile`): there it is
    /// made in scratch, and moves by a second name.
    private func makeSpecial(_ type: UInt32) throws -> CephNode {
        let device = status.device
        guard directory.hasCharacterMap else {
            return try directory.target.makeSpecial(entry.name, type: type, mode: 0o600, device: device).node
        }
        let name = HardLinks.name(status.inode) + Array("~".utf8)
        // An earlier run's that was cut short.
        if try links.directory.child(name) != nil { try links.directory.unlink(name) }
        let made = try links.directory.makeSpecial(name, type: type, mode: 0o600, device: device).node
        try made.link(entry.name, in: directory.target)
        try links.directory.unlink(name)
        return made
    }

    private func remove(_ existing: CephFoundNode?) throws {
        guard let existing else { return }
        guard existing.status.kind == .directory else { return try directory.target.unlink(entry.name) }
        // A name of a live source that was a directory's in an earlier run.
        try session.mount.removeTree(existing.node.path) { !session.queue.isStopped }
    }

    private func makeSymlink() throws -> CephNode? {
        guard let target = try session.fromSource({ try entry.node.target() }) else { return nil }
        let made = try directory.target.makeSymlink(entry.name, to: target)
        try setAttributes(of: made.node)
        // Ceph's recursive sizes count targets as well.
        session.progress.copied(bytes: UInt64(target.count))
        return made.node
    }

    private func attributes(of node: CephNode) -> AttributeCopy {
        AttributeCopy(source: entry.node, status: status, target: node)
    }

    private func setAttributes(of node: CephNode) throws {
        try attributes(of: node).run(replacing: !directory.isFresh)
    }
}

/// Regular files.
extension TreeEntryCopy {
    /// An open copy, and up to where it is there already.
    private typealias Begun = (target: CephOpenNode, start: UInt64)

    private func create() throws -> Begun {
        let folds = directory.hasCharacterMap
        return (try directory.target.createFile(entry.name, mode: 0o600, foldsNames: folds), 0)
    }

    /// Goes on with a copy that an earlier run has begun, or empties it.
    private func resume(_ existing: CephFoundNode) throws -> Begun {
        var start: UInt64 = 0
        if existing.status.size == status.size { start = try CopyCheckpoint(source: status).read(of: existing.node) }
        let isWhole = start % UInt64(options.chunkBytes) == 0 && start <= status.size
        if !isWhole { start = 0 }
        return (try existing.node.openForWriting(truncating: start == 0), start)
    }

    private func copyFile(isNew: Bool, _ begin: (TreeEntryCopy) throws -> Begun) throws -> CephNode? {
        guard let source = try session.fromSource({ try entry.node.openForReading() }) else { return nil }
        let (target, start) = try begin(self)
        let isLarge = status.size > UInt64(options.chunkBytes)
        if isLarge, start == 0 {
            // At once, so that chunks may be written in any order without asking the MDS each time for a larger size.
            try target.node.set(CephNodeChanges(size: status.size))
        }
        session.progress.found(bytes: start)
        let file = FileCopy(source: source, status: status, target: target, from: start, options)
        let helpers = min(file.chunksLeft, options.workers) - 1
        if helpers > 0 { session.queue.push(Array(repeating: .help(file), count: helpers)) }
        let result = Result { try file.work(buffer, session.progress) { session.queue.isStopped } }
        let (end, endsInHole) = file.finish()
        try result.get()
        try session.queue.checkStop()
        if isLarge { try target.node.removeAttribute(CopyCheckpoint.attribute) }
        let isCut = isLarge ? end != status.size : endsInHole
        let attributes = attributes(of: target.node)
        let hasACL = try attributes.run(replacing: !directory.isFresh, size: isCut ? end : nil)
        // Not left to the last reference: helpers that come too late still hold one.
        try target.close()
        if hasACL || !isNew || directory.hasCharacterMap {
            try AttributeCopy.restoreTimes(target.node, status)
            try watch(target.node)
        }
        return target.node
    }
}
