import Bytes
import Glibc
import System

/// Which volume the plugin mounted at a path, kept on disk while it is mounted there.
///
/// The mount table names a directory of a cluster, but not the volume that the orchestrator means by it: a static volume's id
/// can be any text, and calls that take mounts off bring nothing but the id and the path.
struct MountRecords: Sendable {
    /// One file for each path, which outlives the container; nil: nothing is kept.
    let directory: String?
    let log: MountingLog

    /// Writes down that `entry`, at `path`, is the volume's. Without the record the mount still works, so a disk that is full
    /// fails no call.
    func note(_ volumeID: String, at path: String, _ entry: MountEntry) {
        guard let file = file(path), volume(at: path, entry)?.isSame(as: volumeID) != true else { return }
        do {
            let text = [path, Self.identity(entry), volumeID].joined(separator: "\0")
            try PrivateFile.replace(file, with: Array(text.utf8))
        } catch {
            log(.warning, "could not record that \(path) is the volume \(volumeID): \(error)")
        }
    }

    /// The volume that `entry`, at `path`, was mounted for; nil when that is not known: another version of the plugin mounted
    /// it, or somebody else.
    func volume(at path: String, _ entry: MountEntry) -> String? {
        guard let file = file(path), let content = try? KernelFile.read(file) else { return nil }
        let parts = String(decoding: content, as: UTF8.self)
            .split(byte: "\0", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0].isSame(as: path), parts[1].isSame(as: Self.identity(entry)) else { return nil }
        return String(parts[2])
    }

    /// Nothing of the plugin's is at `path` any more.
    func forget(_ path: String) {
        if let file = file(path) { unlink(file) }
    }

    /// Tells a file system from another that is mounted at the same path later.
    private static func identity(_ entry: MountEntry) -> String {
        [entry.device, entry.root, entry.type, entry.source].joined(separator: " ")
    }

    private func file(_ path: String) -> String? { directory.map { "\($0)/\(PrivateMountPoint.name(for: path))" } }
}
