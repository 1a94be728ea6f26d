import Bytes
import CLinux
import Glibc
import System
import Volumes

/// A directory to mount on, resolved once and from then on reached through a descriptor of its parent.
///
/// Symbolic links in the parent are followed (on many hosts /var/lib/kubelet is one), by one openat2(2) whose result
/// is what counts from then on. The last component is the plugin's own to make and remove, so a link there is not
/// the CO's doing and is refused.
struct MountTarget: Sendable {
    let requested: MountPath
    /// Where the target really is; what the mount table calls it.
    let path: String
    private let parent: FileDescriptor

    /// Resolves the parent; nil when it does not exist.
    ///
    /// - Throws: ``VolumeError/invalid(field:fix:)`` when it is no directory.
    init?(_ requested: MountPath) throws {
        let descriptor = linux_open_directory(AT_FDCWD, requested.parent)
        if descriptor < 0, errno == ENOENT { return nil }
        if descriptor < 0, errno == ENOTDIR || errno == ELOOP {
            throw VolumeError.invalid(
                field: requested.field,
                fix: "its parent \(requested.parent.debugDescription) must be a directory"
            )
        }
        parent = try FileDescriptor(descriptor, call: "openat2", on: requested.parent)
        self.requested = requested
        let resolved = try parent.path()
        path = resolved == "/" ? "/" + requested.name : resolved + "/" + requested.name
    }

    /// Resolves the parent, which the CO must have made (CSI spec, NodePublishVolume: "The CO SHALL ensure that the
    /// parent directory exists"). A missing one is not made: in a container without kubelet's directory the mount
    /// would seem to work, and no pod would ever see it.
    init(existing requested: MountPath) throws {
        guard let target = try MountTarget(requested) else {
            throw VolumeError.preconditionFailed(
                "the parent of \(requested.field) \(requested.text.debugDescription) does not exist: "
                    + "it must be there before the call, at the same path inside the plugin's container"
            )
        }
        self = target
    }

    /// The directory, or the root of what is mounted on it; nil when there is none.
    ///
    /// - Throws: ``VolumeError/invalid(field:fix:)`` for a symbolic link or anything else that is no directory.
    func open() throws -> FileDescriptor? {
        let descriptor = linux_open_directory_nolinks(parent.number, requested.name)
        if descriptor < 0 {
            switch errno {
            case ENOENT: return nil
            case ELOOP:
                throw VolumeError.invalid(field: requested.field, fix: "\(path.debugDescription) is a symbolic link")
            case ENOTDIR:
                throw VolumeError.invalid(field: requested.field, fix: "\(path.debugDescription) is not a directory")
            default: break
            }
        }
        return try FileDescriptor(descriptor, call: "openat2", on: path)
    }

    /// Makes the directory with mode 0750; false when it was there.
    func make() throws -> Bool {
        if mkdirat(parent.number, requested.name, 0o750) == 0 { return true }
        guard errno == EEXIST else { throw SystemCallError("mkdir", on: path) }
        return false
    }

    /// Whether the directory, or what is mounted on it, has no entries.
    func isEmpty() throws -> Bool {
        guard let directory = try open() else { return true }
        return try Directory.names(in: "/proc/self/fd/\(directory.number)").isEmpty
    }

    /// Removes the directory, if it is there and empty; false when it is not empty. Never removes anything in it.
    @discardableResult
    func remove() throws(SystemCallError) -> Bool {
        if unlinkat(parent.number, requested.name, AT_REMOVEDIR) == 0 || errno == ENOENT { return true }
        guard errno == ENOTEMPTY || errno == EEXIST else { throw SystemCallError("rmdir", on: path) }
        return false
    }

    /// Attaches the detached `mount` on top of the directory.
    func attach(_ mount: FileDescriptor) throws {
        guard let directory = try open() else { throw SystemCallError("openat2", errno: ENOENT, on: path) }
        guard linux_attach_mount(mount.number, directory.number) == 0 else {
            throw SystemCallError("move_mount", on: path)
        }
    }

    /// What is mounted on the directory, the topmost mount if there are several, and its root; nil for nothing.
    func mounted() throws -> (entry: MountEntry, root: FileDescriptor)? {
        guard let root = try open() else { return nil }
        // Most often there is nothing, and then the table, which may be long, need not be read.
        guard try root.mountID() != parent.mountID() else { return nil }
        // The descriptor keeps its mount alive, so the id can't pass to another mount meanwhile.
        guard let entry = try MountTable.current().mount(id: root.mountID()), entry.mountPoint.isSame(as: path) else {
            return nil
        }
        return (entry, root)
    }

    /// What is on the directory. Blocks for as long as a file system there hangs.
    ///
    /// No descriptor of the mount is left open: one would keep it in use.
    func occupation() throws -> Occupation {
        guard let (entry, root) = try mounted() else { return .nothing }
        return try isAlive(root, type: entry.type) ? .live(entry) : .dead(entry)
    }

    /// What can be on a target.
    enum Occupation: Sendable, Hashable {
        /// No mount.
        case nothing
        /// A mount whose file system answers.
        case live(MountEntry)
        /// A mount whose file system's server is gone for good.
        case dead(MountEntry)

        /// Whether it is a mount that gives errors only.
        var isDead: Bool {
            if case .dead = self { true } else { false }
        }
    }

    /// Takes off every mount that is stacked on the directory.
    ///
    /// A dead file system is detached even when processes still hold files on it: they can only get errors from it.
    ///
    /// - Parameter check: throws at a mount that must stay; asked for each.
    /// - Throws: ``VolumeError/preconditionFailed(_:)`` when a live mount is in use.
    func unmountAll(_ check: (MountEntry) throws -> Void = { _ in }) throws {
        // Somebody may be looking at the mount just now (`df`, a call for its usage): only use that lasts counts.
        let deadline = ContinuousClock.now + .seconds(1)
        while let entry = try mounted()?.entry {
            try check(entry)
            if linux_unmount(parent.number, requested.name, 0) == 0 { continue }
            let error = SystemCallError("umount2", on: path)
            // EINVAL: somebody else was faster, and the next look will tell.
            guard error.errno == EBUSY || error.errno == EINVAL else { throw error.volumeError }
            if try occupation().isDead {
                _ = linux_unmount(parent.number, requested.name, Int32(MNT_DETACH))
            } else if ContinuousClock.now < deadline {
                usleep(50_000)
            } else {
                throw VolumeError.preconditionFailed(
                    "\(path.debugDescription) is in use: a process on this node has files or its working directory there"
                )
            }
        }
    }

    /// Takes off every mount that is stacked on the directory, in use or not: for places of the plugin's own.
    func detachAll() throws {
        while try isMounted() {
            if linux_unmount(parent.number, requested.name, Int32(MNT_DETACH)) == 0 || errno == EINVAL { continue }
            throw SystemCallError("umount2", on: path)
        }
    }

    /// Makes the file system give up all that it waits for, losing what is not written yet, and takes it off
    /// (umount2(2), MNT_FORCE; of CephFS's clients only the kernel's knows it).
    func abort() throws(SystemCallError) {
        guard linux_unmount(parent.number, requested.name, Int32(MNT_FORCE | MNT_DETACH)) == 0 else {
            throw SystemCallError("umount2", on: path)
        }
    }

    private func isMounted() throws -> Bool { try mounted() != nil }
}
