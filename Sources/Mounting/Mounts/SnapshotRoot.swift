import CLinux
import Glibc
import System
import Volumes

/// The part of a mounted directory that is staged: a snapshot of it, or all of it.
///
/// A client can't mount a path in `.snap` (Ceph answers ENOENT), but a mount of the directory shows it, and of that any
/// part can be bound.
enum SnapshotRoot {
    /// How the mount table calls the root of what is staged for `request`.
    static func path(_ request: StageRequest) -> String {
        request.snapshot.map { "/.snap/\($0)" } ?? "/"
    }

    /// A detached mount of what is to be staged of the directory that is mounted with the root `root`.
    ///
    /// - Throws: ``VolumeError/preconditionFailed(_:)`` when there is no such snapshot.
    static func clone(of root: FileDescriptor, for request: StageRequest, from mount: String) throws -> FileDescriptor {
        guard let snapshot = request.snapshot else {
            return try FileDescriptor(linux_clone_mount(root.number), call: "open_tree", on: mount)
        }
        let descriptor = linux_open_directory_nolinks(root.number, ".snap/\(snapshot)")
        if descriptor < 0, errno == ENOENT {
            throw VolumeError.preconditionFailed(
                "the snapshot \(snapshot) of \(request.path) that the volume shows does not exist there: unpublish "
                    + "the volume and publish it again (ControllerPublishVolume says where it is now)"
            )
        }
        let directory = try FileDescriptor(descriptor, call: "openat2", on: ".snap/\(snapshot)")
        return try FileDescriptor(linux_clone_mount(directory.number), call: "open_tree", on: mount)
    }
}
