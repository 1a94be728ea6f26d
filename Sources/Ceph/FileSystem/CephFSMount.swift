import CCeph
import Glibc
import Synchronization

/// One mount of a CephFS file system by libcephfs.
///
/// Every method blocks for as long as Ceph takes, without limit when Ceph hangs (libcephfs has neither timeouts nor
/// cancellation for file operations): call them on threads of a ``CephConnections`` only. libcephfs serialises what it
/// must itself, so any number of threads may use one mount.
///
/// Paths begin at the mount's root (`/csi/v1`). Errors are ``CephError``, with paths from the file system's root.
///
/// Owns the handle: when the last reference goes, the mount is unmounted and released, on a thread of `unmounter`.
/// So it can't happen while a call is under way, however long that hangs.
public final class CephFSMount: @unchecked Sendable {
    /// The directory of the file system that is `/` here.
    public let root: String
    /// Tells this mount from every other one of the process, before and after.
    public let id: UInt64
    /// ceph_create(3)'s handle. Unchecked Sendable rests on libcephfs' own locking.
    let handle: OpaquePointer
    private let unmounter: Unmounter
    private let session: SessionNames.Session?
    private let cluster: String
    private let lost = Atomic(false)
    private let doubted = Atomic(false)
    /// Where a name was last made, moved or removed; nil when all such are known to be written down.
    private let changed = Mutex<CPath?>(nil)

    private static let counter = Atomic<UInt64>(0)

    /// Connects, mounts and returns when the root has been read: ceph_create, ceph_conf_set, ceph_init, reclaim,
    /// ceph_set_uuid, ceph_select_filesystem, ceph_mount.
    ///
    /// - Parameters:
    ///   - session: the session's name and which dead ones to take over; nil: anonymous.
    ///   - unmounter: who unmounts it in the end.
    /// - Throws: ``CephError`` of `ceph_mount` or an earlier call: EACCES wrong key or unknown user, EPERM the root is
    ///   outside the user's caps, ENOENT no such root or file system, EINVAL malformed key or unresolvable monitor,
    ///   ETIMEDOUT.
    init(_ settings: CephSettings, session: SessionNames.Session?, unmounter: Unmounter) throws {
        try settings.validate(for: .installed())
        var created: OpaquePointer?
        try CephError.check(ceph_create(&created, settings.user), "ceph_create")
        guard let handle = created else { throw CephError(call: "ceph_create", code: ENOMEM) }
        do {
            try Self.connect(handle, settings, session)
        } catch {
            ceph_release(handle)
            throw error
        }
        self.handle = handle
        self.root = settings.root
        self.session = session
        self.cluster = settings.cluster
        self.unmounter = unmounter
        id = Self.counter.add(1, ordering: .relaxed).newValue
    }

    deinit {
        unmounter.dispose(handle, of: cluster, isLost: isLost, session: session)
    }

    /// Whether a call has found the connection gone for good (see ``CephError/isConnectionLost``).
    public var isLost: Bool { lost.load(ordering: .relaxed) }

    /// Notes an error that a new connection may not have: see ``CephError/mayBeStale``.
    public func doubt(_ error: CephError) {
        if error.mayBeStale { doubted.store(true, ordering: .relaxed) }
    }

    /// Whether a call failed as it may for no other reason than the connection's age.
    var isDoubted: Bool { doubted.load(ordering: .relaxed) }

    private static func connect(
        _ handle: OpaquePointer,
        _ settings: CephSettings,
        _ session: SessionNames.Session?
    ) throws {
        try setUp(handle, settings)
        if let session {
            if !session.reclaims.isEmpty { try FileSystemState.awaitServing(settings) }
            for dead in session.reclaims {
                try reclaim(dead, handle)
            }
            // Before ceph_init this call crashes.
            ceph_set_uuid(handle, session.name)
        }
        try CephError.check(ceph_select_filesystem(handle, settings.filesystem), "ceph_select_filesystem")
        try CephError.check(ceph_mount(handle, settings.root), "ceph_mount", path: settings.root)
        // With POSIX ACLs it is the client that applies a umask. Modes are meant as they are given.
        _ = ceph_umask(handle, 0)
    }

    /// Sets the options and calls ceph_init.
    static func setUp(_ handle: OpaquePointer, _ settings: CephSettings) throws {
        let options = try settings.options() + settings.fileSystemOptions
        try CephSettings.apply(options, "ceph_conf_set") { ceph_conf_set(handle, $0, $1) }
        try CephError.check(ceph_init(handle), "ceph_init")
    }

    /// Ends the session of that name, if the MDS has one: a killed predecessor's caps would stall this client and
    /// others for up to a minute in the directories where it held them.
    static func reclaim(_ session: String, _ handle: OpaquePointer) throws {
        let result = ceph_start_reclaim(handle, session, UInt32(CEPH_RECLAIM_RESET))
        switch -result {
        case 0, ENOENT, EOPNOTSUPP, ENOTRECOVERABLE:
            // Reclaimed, nothing to reclaim, or an MDS that can't: mounting works, at worst with the stall. Unless this
            // is called in any case, the next reclaim is not even sent.
            ceph_finish_reclaim(handle)
        default:
            try CephError.check(result, "ceph_start_reclaim")
        }
    }

    /// Passes a non-negative result on, and remembers when the connection was found dead.
    @discardableResult
    func check(_ result: Int32, _ call: String, _ path: String, attribute: String? = nil) throws -> Int32 {
        guard result < 0 else { return result }
        let place = absolute(path) + (attribute.map { " \($0)" } ?? "")
        let error = CephError(call: call, code: result, path: place)
        if error.isConnectionLost { lost.store(true, ordering: .relaxed) }
        throw error
    }

    /// Notes that a name in a directory was made, moved or removed.
    func noteChange(of path: CPath) { noteChange(in: path.parent) }

    /// Notes that names in that directory were removed.
    func noteChange(in directory: CPath) {
        changed.withLock { $0 = directory }
    }

    /// Waits until the names changed so far are in the MDS's journal (ceph_ll_fsync of the directory changed last).
    ///
    /// The MDS answers before it writes names down, which it does within 5 s unless somebody asks. Till then a change
    /// is lost when this client and the MDS die together, as they do with the machine that both run on.
    public func flushJournal() throws {
        let directory = changed.withLock { changed in
            defer { changed = nil }
            return changed
        }
        guard let directory else { return }
        do {
            let node = try self.directory(directory)
            let opened = try node.open(O_RDONLY | O_DIRECTORY)
            defer { ceph_ll_close(handle, opened) }
            try node.check(ceph_ll_fsync(handle, opened, 0), "ceph_ll_fsync")
        } catch let error as CephError where error.code == ENOENT {
            // Gone since: then nothing of it needs to be kept.
        }
    }

    /// `path` from the file system's root.
    public func absolute(_ path: String) -> String { path == "/" ? root : root + path }
}
