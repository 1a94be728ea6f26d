import Bytes
import CLinux
import Glibc
import System

/// `ceph.dir.rentries` of a mount's root: the files and directories in the volume, the root included; nil where the
/// file system has no such attribute.
///
/// The MDS alone knows it, so CephFS clients ask there each time (the kernel's and ceph-fuse both), where stat(2) and
/// statfs(2) go on answering from memory after the client was evicted. Blocks for as long as the file system hangs.
func recursiveEntries(of root: FileDescriptor) throws(SystemCallError) -> Int64? {
    var buffer = [UInt8](repeating: 0, count: 32)
    let length = linux_get_attribute(root.number, "ceph.dir.rentries", &buffer, buffer.count)
    if length >= 0 { return Int64(String(decoding: buffer.prefix(length), as: UTF8.self)) }
    guard [ENODATA, EOPNOTSUPP, ENOSYS].contains(errno) else {
        throw SystemCallError("getxattr ceph.dir.rentries", on: "the mount")
    }
    return nil
}

/// Whether the file system of that type behind `root` still serves its volume. Blocks for as long as it hangs.
///
/// - Throws: ``VolumeError`` for what may pass by itself.
func isAlive(_ root: FileDescriptor, type: String) throws -> Bool {
    do {
        _ = try recursiveEntries(of: root)
        return true
    } catch {
        guard error.meansDead(type: type) else { throw error.volumeError }
        return false
    }
}

extension SystemCallError {
    /// Whether it is the MDS that refuses what only it can answer: the volume's directory has moved out of the user's path, as
    /// it does when the volume is deleted.
    var isRefusedByServer: Bool { (errno == EACCES || errno == EPERM) && call.begins(with: "getxattr ceph.") }

    /// Whether only a new mount helps: the FUSE process is gone (ENOTCONN, ECONNABORTED), the client was evicted
    /// (ESHUTDOWN), or the directory was removed (ENOENT, ESTALE).
    ///
    /// The kernel's CephFS client answers EACCES once its session was rejected (fs/ceph/mds_client.c), even root, to
    /// whom it refuses nothing else. Elsewhere EACCES is what it says: root of a user namespace, NFS's root_squash.
    func meansDead(type: String) -> Bool {
        [ENOTCONN, ECONNABORTED, ESHUTDOWN, ENOENT, ESTALE].contains(errno) || errno == EACCES && type == "ceph"
    }
}
