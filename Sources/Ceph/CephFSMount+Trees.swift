import Glibc

extension CephFSMount {
    /// How many entries of one directory are held in memory.
    private static let batch = 500

    /// Removes a directory and everything below it, depth first; nothing there is a success. Symlinks are removed,
    /// never followed. Several clients may remove one tree at the same time.
    ///
    /// - Parameter goOn: asked again and again; false stops with `CancellationError`, and what is left can be removed later.
    /// - Throws: ``CephError`` ENOTEMPTY for a directory that has snapshots or gets new files.
    public func removeTree(_ path: String, while goOn: () -> Bool = { true }) throws {
        // An explicit stack: recursion would put the depth of a user's tree on a thread's.
        var stack = [(path: try cPath(path), isEmpty: false)]
        while let top = stack.last {
            guard goOn() else { throw CancellationError() }
            if top.isEmpty {
                try ignoringMissing { try removeDirectory(top.path) }
                stack.removeLast()
                continue
            }
            let children = try ignoringMissing { try entries(top.path, limit: Self.batch) } ?? []
            // A full batch: there may be more, so come back and list again.
            stack[stack.count - 1].isEmpty = children.count < Self.batch
            for child in children {
                let path = top.path.appending(child.name)
                if child.status.isDirectory {
                    stack.append((path, false))
                } else {
                    try ignoringMissing { try unlink(path) }
                }
            }
        }
    }

    private func ignoringMissing<Value>(_ body: () throws -> Value) throws -> Value? {
        do {
            return try body()
        } catch let error as CephError where error.code == ENOENT {
            return nil
        }
    }
}
