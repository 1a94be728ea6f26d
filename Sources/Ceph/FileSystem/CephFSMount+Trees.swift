import Glibc

extension CephFSMount {
    /// How many entries of one directory are held in memory.
    private static let batch = 500

    /// A directory that is to be removed, or emptied, found by the one above and its name when its turn comes.
    private struct Branch {
        let parent: CephNode
        let name: [UInt8]
        /// Once it was found.
        var node: CephNode?
        var isEmpty = false
    }

    /// Removes a directory and everything below it, depth first; nothing there is a success. Symbolic links are removed
    /// and never followed, even when one replaces a directory during the removal. Several clients may remove one tree at
    /// the same time.
    ///
    /// - Parameter goOn: asked before each file, and may take its time; false stops with `CancellationError`, and what is
    ///   left can be removed later.
    /// - Throws: ``CephError`` ENOTEMPTY for a directory that has snapshots or gets new files.
    public func removeTree(_ path: String, while goOn: () -> Bool = { true }) throws {
        let target = try cPath(path)
        guard let (parent, name) = try ignoringMissing({ try namedPlace(target, "ceph_ll_rmdir") }),
            let root = try ignoringMissing({ try parent.subdirectory(name) })
        else { return }
        // An explicit stack: recursion would put the depth of a user's tree on a thread's.
        var stack = [Branch(parent: parent, name: name, node: root)]
        while let top = stack.last {
            guard goOn() else { throw CancellationError() }
            if top.isEmpty {
                try ignoringMissing { try top.parent.removeDirectory(top.name) }
                stack.removeLast()
                continue
            }
            guard let node = try top.node ?? find(top, while: goOn) else {
                stack.removeLast()
                continue
            }
            let children = try ignoringMissing { try node.entries(limit: Self.batch) } ?? []
            // A full batch: there may be more, so come back and list again.
            stack[stack.count - 1] = Branch(
                parent: top.parent,
                name: top.name,
                node: node,
                isEmpty: children.count < Self.batch
            )
            for child in children {
                if child.status.isDirectory {
                    stack.append(Branch(parent: node, name: child.name))
                } else {
                    try removeFile(child.name, in: node, while: goOn)
                }
            }
        }
        noteChange(of: target)
    }

    /// Removes all files below a directory, of whatever kind, and leaves the directories. Otherwise as
    /// ``removeTree(_:while:)``.
    public func removeFiles(below path: String, while goOn: () -> Bool = { true }) throws {
        guard let root = try ignoringMissing({ try directory(path) }) else { return }
        var stack = [Branch(parent: root, name: [], node: root)]
        while let branch = stack.popLast() {
            guard let directory = try branch.node ?? find(branch, while: goOn) else { continue }
            // A directory of many files is not held in memory whole.
            var isLong = true
            while isLong {
                guard goOn() else { throw CancellationError() }
                let some = try ignoringMissing { try directory.entries(limit: Self.batch) } ?? []
                let files = some.filter { !$0.status.isDirectory }
                for file in files { try removeFile(file.name, in: directory, while: goOn) }
                isLong = some.count == Self.batch && !files.isEmpty
            }
            for child in try ignoringMissing({ try directory.entries(limit: .max) }) ?? [] {
                if child.status.isDirectory {
                    stack.append(Branch(parent: directory, name: child.name))
                } else {
                    try removeFile(child.name, in: directory, while: goOn)
                }
            }
        }
        noteChange(in: try cPath(path))
    }

    /// The directory; nil when it is gone, or was something else by now, which is removed.
    private func find(_ branch: Branch, while goOn: () -> Bool) throws -> CephNode? {
        do {
            return try ignoringMissing { try branch.parent.subdirectory(branch.name) }
        } catch let error as CephError where error.code == ELOOP || error.code == ENOTDIR {
            try removeFile(branch.name, in: branch.parent, while: goOn)
            return nil
        }
    }

    private func removeFile(_ name: [UInt8], in directory: CephNode, while goOn: () -> Bool) throws {
        guard goOn() else { throw CancellationError() }
        try ignoringMissing { try directory.unlink(name) }
    }

    @discardableResult
    private func ignoringMissing<Value>(_ body: () throws -> Value) throws -> Value? {
        do {
            return try body()
        } catch let error as CephError where error.code == ENOENT {
            return nil
        }
    }
}
