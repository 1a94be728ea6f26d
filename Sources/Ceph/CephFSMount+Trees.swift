import Glibc

extension CephFSMount {
    /// How many entries of one directory are held in memory.
    private static let batch = 500

    /// Removes a directory and everything below it, depth first; nothing there is a success. Symlinks are removed,
    /// never followed. Several clients may remove one tree at the same time.
    ///
    /// - Parameter goOn: asked before each file, and may take its time; false stops with `CancellationError`, and what is
    ///   left can be removed later.
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
                let path = try top.path.appending(child.name)
                if child.status.isDirectory {
                    stack.append((path, false))
                } else {
                    try removeFile(path, while: goOn)
                }
            }
        }
    }

    /// Removes all files below a directory, of whatever kind, and leaves the directories. Otherwise as
    /// ``removeTree(_:while:)``.
    public func removeFiles(below path: String, while goOn: () -> Bool = { true }) throws {
        var stack = [try cPath(path)]
        while let directory = stack.popLast() {
            // A directory of many files is not held in memory whole.
            var isLong = true
            while isLong {
                guard goOn() else { throw CancellationError() }
                let some = try ignoringMissing { try entries(directory, limit: Self.batch) } ?? []
                let files = some.filter { !$0.status.isDirectory }
                for file in files { try removeFile(directory.appending(file.name), while: goOn) }
                isLong = some.count == Self.batch && !files.isEmpty
            }
            for child in try ignoringMissing({ try entries(directory, limit: .max) }) ?? [] {
                let path = try directory.appending(child.name)
                if child.status.isDirectory { stack.append(path) } else { try removeFile(path, while: goOn) }
            }
        }
    }

    private func removeFile(_ path: CPath, while goOn: () -> Bool) throws {
        guard goOn() else { throw CancellationError() }
        try ignoringMissing { try unlink(path) }
    }

    private func ignoringMissing<Value>(_ body: () throws -> Value) throws -> Value? {
        do {
            return try body()
        } catch let error as CephError where error.code == ENOENT {
            return nil
        }
    }
}
