import Glibc

/// What tells one version of a file from another without reading it: a file that is replaced (a ConfigMap's symlink
/// swap, a rename) has another inode, one that is rewritten in place another time or size.
public struct FileFingerprint: Sendable, Hashable {
    private let device: UInt64
    private let inode: UInt64
    private let size: Int64
    private let modified: [Int]

    /// The fingerprint of what `path` leads to, through symlinks (stat(2)).
    public init(path: String) throws(SystemCallError) {
        var status = stat()
        guard stat(path, &status) == 0 else { throw SystemCallError("stat", on: path) }
        self.init(status)
    }

    init(_ status: stat) {
        device = UInt64(status.st_dev)
        inode = UInt64(status.st_ino)
        size = Int64(status.st_size)
        modified = [status.st_mtim.tv_sec, status.st_mtim.tv_nsec]
    }

    /// Whether the file was last written so long ago that a later write must show in the fingerprint. Time stamps are
    /// no finer than the kernel's tick (and a second on some file systems), so a file may be written twice in one.
    public var isSettled: Bool { WallClock.now.seconds - Int64(modified[0]) > 2 }
}
