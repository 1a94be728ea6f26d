import Ceph
import Glibc
import Volumes

/// A small file written, read and removed: shows that pool, namespace and OSD caps fit.
///
/// A user whose OSD cap names another pool or namespace than a directory's layout can mount, list and make files, and
/// only their contents fail, with EPERM, in a pod that has long been started. So this happens while a volume is made.
///
/// Write and read go past the client's cache. That is not only more honest: a buffered write that an OSD has refused
/// stays in the cache for ever, and the mount can't be unmounted any more.
struct AccessCheck {
    private static let content = "cephfs-csi"
    let work: VolumeDirectory
    /// The step that an error of the OSDs is told as.
    let step: Step
    /// The step that an error of the MDS, which makes the file, is told as.
    let making: Step

    /// Writes and reads `name` in `directory`, and removes it.
    func run(in directory: String, name: String) throws {
        let path = "\(directory)/\(name)"
        let file = try work.step(making) { try work.mount.createFile(path, mode: 0o600, direct: true) }
        work.progress.enter(step)
        do {
            defer { try? file.close() }
            try file.write(Self.content)
            guard try file.read(upTo: 64) == Self.content else {
                throw VolumeError.unexpected("\(work.mount.absolute(path)) does not hold what was written to it")
            }
            try file.close()
            try work.mount.unlink(path)
        } catch let error as CephError {
            work.mount.doubt(error)
            var context = work.context
            // The pool that the directory really has, for the message.
            let pool = try? work.mount.attributeIfPresent(VolumeLayout.poolAttribute, of: directory)
            context.dataPool = pool ?? context.dataPool
            throw VolumeError(error, in: step, context)
        }
    }

    /// Removes the file of a check that a crash has cut short.
    func removeLeftover(in directory: String, name: String) throws {
        try work.step(making) {
            do {
                try work.mount.unlink("\(directory)/\(name)")
            } catch let error as CephError where error.code == ENOENT {
                // As it should be.
            }
        }
    }
}
