import CCeph
import Glibc

/// What an inode is.
public enum CephNodeKind: Sendable, Hashable {
    /// A regular file.
    case file
    /// A directory.
    case directory
    /// A symbolic link.
    case symlink
    /// A named pipe, a socket, or a device; with the type bits of `st_mode`.
    case special(type: UInt32)

    init(typeOf mode: UInt16) {
        switch mode_t(mode) & S_IFMT {
        case S_IFREG: self = .file
        case S_IFDIR: self = .directory
        case S_IFLNK: self = .symlink
        default: self = .special(type: mode_t(mode) & S_IFMT)
        }
    }
}

/// A moment, as `struct timespec` has it.
public struct CephTime: Sendable, Hashable {
    /// Seconds since 1970.
    public var seconds: Int64
    /// Nanoseconds of the second.
    public var nanoseconds: Int64

    /// Joins the parts.
    public init(seconds: Int64, nanoseconds: Int64) {
        self.seconds = seconds
        self.nanoseconds = nanoseconds
    }

    init(_ time: timespec) {
        self.init(seconds: Int64(time.tv_sec), nanoseconds: Int64(time.tv_nsec))
    }

    var timespec: timespec { Glibc.timespec(tv_sec: Int(seconds), tv_nsec: Int(nanoseconds)) }
}

/// Everything that stat(2) tells of an inode (struct ceph_statx).
public struct CephNodeStatus: Sendable, Hashable {
    /// What it is.
    public var kind: CephNodeKind
    /// Permission bits, with setuid, setgid and sticky.
    public var mode: UInt16
    /// Owner.
    public var uid: UInt32
    /// Group.
    public var gid: UInt32
    /// Size in bytes; of a symlink: of its target.
    public var size: UInt64
    /// Names that it has.
    public var links: UInt32
    /// The inode's number: the same in the live tree and in every snapshot.
    public var inode: UInt64
    /// Which device, of a device node.
    public var device: UInt64
    /// Last read.
    public var accessed: CephTime
    /// Last change of the contents.
    public var modified: CephTime

    init(_ stx: ceph_statx) {
        kind = CephNodeKind(typeOf: stx.stx_mode)
        mode = stx.stx_mode & 0o7777
        uid = stx.stx_uid
        gid = stx.stx_gid
        size = stx.stx_size
        links = stx.stx_nlink
        inode = stx.stx_ino
        device = UInt64(stx.stx_rdev)
        accessed = CephTime(stx.stx_atime)
        modified = CephTime(stx.stx_mtime)
    }
}

/// Attributes to set; nil leaves one as it is.
public struct CephNodeChanges: Sendable, Hashable {
    /// Permission bits, with setuid, setgid and sticky.
    public var mode: UInt16?
    /// Owner and group.
    public var owner: (uid: UInt32, gid: UInt32)? {
        get { uid.flatMap { uid in gid.map { (uid, $0) } } }
        set { (uid, gid) = (newValue?.uid, newValue?.gid) }
    }
    /// A file's size: cut, or extended by a hole. Set together with ``modified`` it may win: where the MDS applies both,
    /// it takes the time of the change of size last (seen with 16.2).
    public var size: UInt64?
    /// Last read.
    public var accessed: CephTime?
    /// Last change of the contents.
    public var modified: CephTime?
    private var uid: UInt32?
    private var gid: UInt32?

    /// No change, but for those that are given.
    public init(mode: UInt16? = nil, size: UInt64? = nil) {
        self.mode = mode
        self.size = size
    }

    /// The arguments of ceph_ll_setattr.
    var statx: (stx: ceph_statx, mask: Int32) {
        var stx = ceph_statx()
        var mask: Int32 = 0
        if let mode { (stx.stx_mode, mask) = (mode, mask | CEPH_SETATTR_MODE) }
        if let uid { (stx.stx_uid, mask) = (uid, mask | CEPH_SETATTR_UID) }
        if let gid { (stx.stx_gid, mask) = (gid, mask | CEPH_SETATTR_GID) }
        if let size { (stx.stx_size, mask) = (size, mask | CEPH_SETATTR_SIZE) }
        if let accessed { (stx.stx_atime, mask) = (accessed.timespec, mask | CEPH_SETATTR_ATIME) }
        if let modified { (stx.stx_mtime, mask) = (modified.timespec, mask | CEPH_SETATTR_MTIME) }
        return (stx, mask)
    }
}
