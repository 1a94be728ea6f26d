import Ceph
import System

/// Which files with several names were copied already, kept on the file system: the names may lie anywhere in the tree,
/// and neither memory nor a crash must limit how many there can be.
///
/// The first name that a worker comes to is copied to its place. The copy then gets a further name in a directory of
/// scratch, made of the source's inode number, by which the other names' workers find it. The copy's first name stays
/// its true place for the MDS: quota, layout and recursive sizes are those of the tree.
///
/// Unchecked because `taken` is touched only with the monitor locked.
final class HardLinks: @unchecked Sendable {
    /// The directory of scratch.
    let directory: CephNode
    private let monitor = ConditionLock()
    private var taken: Set<UInt64> = []

    init(directory: CephNode) {
        self.directory = directory
    }

    /// The name in ``directory`` for a source's inode.
    static func name(_ inode: UInt64) -> [UInt8] { Array(String(inode, radix: 16).utf8) }

    /// Runs `body` while no other worker does for the same inode.
    func whileHolding<Value>(_ inode: UInt64, _ body: () throws -> Value) rethrows -> Value {
        monitor.lock()
        while taken.contains(inode) { monitor.wait(atMost: .seconds(60)) }
        taken.insert(inode)
        monitor.unlock()
        defer {
            monitor.lock()
            taken.remove(inode)
            monitor.wakeAll()
            monitor.unlock()
        }
        return try body()
    }

    /// Removes the names made here, when all of the tree's are there.
    func removeNames(checkStop: () throws -> Void) throws {
        while true {
            let entries = try CephDirectoryStream(directory).next(256)
            guard !entries.isEmpty else { return }
            for entry in entries {
                try checkStop()
                try directory.unlink(entry.name)
                // Listing them was an answer that showed the files.
                try AttributeCopy.restoreTimes(entry.node, entry.status)
            }
        }
    }
}
