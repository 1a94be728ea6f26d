import Foundation

/// A file in a directory of its own, both removed at the end.
final class ScratchFile: Sendable {
    let directory: String
    let path: String

    init(_ text: String) throws {
        directory = FileManager.default.temporaryDirectory.path + "/cephfs-csi-test-\(UUID().uuidString)"
        path = directory + "/config.yaml"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        try write(text)
    }

    deinit { try? FileManager.default.removeItem(atPath: directory) }

    /// Rewrites the file in place: the same inode.
    func write(_ text: String) throws {
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    }

    func remove() throws { try FileManager.default.removeItem(atPath: path) }
}
