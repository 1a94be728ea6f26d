import Ceph

/// An inode's attributes, set on its copy when all else about it is done.
///
/// Times come last, all in one call with mode and owner, and reach the MDS together: a copy that has the source's times
/// is complete. That is how the next run knows after a crash.
struct AttributeCopy {
    let source: CephNode
    let status: CephNodeStatus
    let target: CephNode

    private static let defaultACL = Array("system.posix_acl_default".utf8)
    private static let accessACL = Array("system.posix_acl_access".utf8)

    /// - Parameters:
    ///   - replacing: whether the target may have attributes that the source lacks.
    ///   - size: to be set as well.
    /// - Returns: whether that alone is reason to restore a file's times once it is closed, see ``restoreTimes(_:_:)``.
    @discardableResult
    func run(replacing: Bool, size: UInt64? = nil) throws -> Bool {
        let names = try source.attributeNames()
        if replacing {
            let extra = Set(try target.attributeNames()).subtracting(names)
            for name in extra { try target.removeAttribute(name) }
        }
        for name in names {
            guard let value = try source.attribute(name) else { continue }
            try target.setAttribute(name, to: value)
        }
        // By itself: an MDS that is sent both sets the size's time of change after the one that it was given.
        if let size { try target.set(CephNodeChanges(size: size)) }
        var changes = CephNodeChanges()
        changes.owner = (status.uid, status.gid)
        if status.kind != .symlink { changes.mode = status.mode }
        changes.accessed = status.accessed
        changes.modified = status.modified
        try target.set(changes)
        return names.contains(Self.accessACL)
    }

    /// Sets a closed file's times again.
    ///
    /// When a client dies that the MDS has let write to a file, the MDS takes the file's time of change from its objects.
    /// That right goes back with the next times that this client sends, whichever of the two applies them; so this must
    /// be the last that is done to a file, where something came after its attributes: a mode is followed by a change of
    /// the ACL, and an answer that shows the file, as to making a link, may hand out the right anew. To a file that
    /// was there already and is opened again, the MDS may give all rights even after its attributes were set.
    static func restoreTimes(_ copy: CephNode, _ status: CephNodeStatus) throws {
        var changes = CephNodeChanges()
        changes.accessed = status.accessed
        changes.modified = status.modified
        try copy.set(changes)
    }

    /// Whether a copy needs nothing any more.
    static func isComplete(_ copy: CephNodeStatus, of source: CephNodeStatus) -> Bool {
        copy.kind == source.kind && copy.size == source.size && copy.device == source.device
            && copy.uid == source.uid && copy.gid == source.gid && copy.mode == source.mode
            && copy.modified == source.modified
    }

    /// Takes away what a directory of an earlier run, or of the caller, would pass on to what is made in it.
    static func removeInheritedACL(from directory: CephNode) throws {
        if try directory.attribute(defaultACL) != nil { try directory.removeAttribute(defaultACL) }
    }
}
