import Glibc
import System
import Volumes

extension VolumeError {
    /// The path that was to be mounted is a file, a link, or leads through one. Only a static volume's can be.
    static func notADirectory(_ request: StageRequest) -> VolumeError {
        .invalid(
            field: "volume_context[path]",
            fix:
                "\(request.path.debugDescription) on file system \(request.filesystem.debugDescription) is not a directory, or "
                + "leads through a file or a symbolic link: write the path of the directory itself"
        )
    }
}

/// What a client has mounted.
enum MountedPath {
    /// That it is a directory. ceph-fuse mounts a file or a link as well, and the kernel then answers EIO to everything.
    ///
    /// - Throws: ``VolumeError/invalid(field:fix:)`` naming the path.
    static func check(_ root: FileDescriptor, _ request: StageRequest) throws(VolumeError) {
        // Asks the file system: what the kernel knows of a new mount's root is that it is a directory. Whether the mount works
        // at all is asked elsewhere.
        var status = stat()
        let isKnown = fstat(root.number, &status) == 0
        let isOther = isKnown ? status.st_mode & S_IFMT != S_IFDIR : errno == EIO || errno == ENOTDIR
        if isOther { throw .notADirectory(request) }
    }
}
