import Bytes
import Ceph
import System
import Volumes

/// Where volumes live on CephFS: every directory's place and every attribute's name, and nowhere else.
///
/// ```
/// <root>/                        mounted as / of the connection; the provisioner's caps end here
///   <group>/                     mode 0711
///     <volume>/                  mode 0711, user.csi.volume, user.csi.published, ceph.dir.subvolume
///       .meta                    what the mgr's `volumes` module reads
///       .attachments/            mode 0700, user.csi.generation; there once the volume has been published
///         <node>/                a node that uses the volume: user.csi.attachment
///       <uuid>/                  the data: mode, owner, layout, quota
///   _staging/<volume>.<replica>.<uuid>/   half-made volumes; one rename publishes them
///   _trash/<time>.<volume>/      deleted volumes; purged in the background
/// ```
///
/// Paths begin at the root, as ``CephFSMount`` takes them. Groups and volumes are safe file names, which begin with a
/// letter or digit, so neither can meet `_staging` or `_trash` or lead anywhere else.
struct VolumeLayout: Sendable, Hashable {
    /// Where volumes are made. Its files go to ``metadataNamespace``.
    static let staging = "/_staging"
    /// Where deleted volumes wait for the purger.
    static let trash = "/_trash"
    /// Mode of both: nobody but the provisioner has business there.
    static let privateMode: UInt16 = 0o700
    /// Mode of groups and volumes: a volume's users pass through to the data and list nothing.
    static let passageMode: UInt16 = 0o711
    /// Mode of ``metadataName``: the mgr's own.
    static let metadataMode: UInt16 = 0o640

    /// The plugin's record of a volume, one JSON object (``VolumeRecord``), on the volume's directory: no user of the
    /// volume can reach it there.
    static let recordAttribute = "user.csi.volume"
    /// One node's use of the volume, one JSON object (``AttachmentRecord``), on an entry of ``attachmentsPath(in:)``. A
    /// directory for each, for the attributes of one inode have 64 KB together.
    static let attachmentAttribute = "user.csi.attachment"
    /// How often the volume's users were replaced, on the directory of the attachments.
    static let generationAttribute = "user.csi.generation"
    /// There once the volume has been published, on the volume's directory: so that lists need not look for the
    /// attachments of every volume.
    static let publishedAttribute = "user.csi.published"
    /// There once the removal of a deleted volume has begun, on its directory in the trash: nothing of it can be restored
    /// any more.
    static let purgingAttribute = "user.csi.purging"
    /// For how long the plugin has watched an entry of the trash: ``TrashWatch``.
    static let keptAttribute = "user.csi.kept"
    /// Makes the volume's directory a subvolume: snapshots of it alone, no renames or hard links across.
    static let subvolumeAttribute = "ceph.dir.subvolume"
    /// The size limit, on the data directory.
    static let quotaAttribute = "ceph.quota.max_bytes"
    /// The limit of files and directories, on the data directory.
    static let filesQuotaAttribute = "ceph.quota.max_files"
    /// The rank of the MDS that serves it, on the data directory.
    static let pinAttribute = "ceph.dir.pin"
    /// Bytes below a directory.
    static let sizeAttribute = "ceph.dir.rbytes"
    /// The data pool, on the data directory.
    static let poolAttribute = "ceph.dir.layout.pool"
    /// The RADOS namespace that new files of a directory go to.
    static let namespaceAttribute = "ceph.dir.layout.pool_namespace"

    /// What is in the directory of a shallow volume, beside its attachments.
    static let shallowName = ".backed"
    /// The small file that shows, in a new data directory, that its files can be written and read.
    static let checkName = ".cephfs-csi-check"
    /// The mgr's record in the volume's directory.
    static let metadataName = ".meta"
    /// Where the mgr's records are stored, so that the provisioner needs an OSD cap for this namespace alone and can
    /// read no volume's data.
    static let metadataNamespace = "cephfs-csi-meta"

    /// The RADOS namespace of the files in the data directory `data`; empty: the pool's default one.
    static func namespace(of data: String, _ isolation: Isolation) -> String {
        switch isolation {
        case .namespace: CephUserCaps.namespacePrefix + data
        case .path: ""
        }
    }

    /// The mount's root on the file system.
    let root: String
    /// The group's name.
    let group: String
    /// The volume's name.
    let volume: String

    /// The group's directory.
    var groupPath: String { "/\(group)" }
    /// The volume's directory.
    var volumePath: String { "/\(group)/\(volume)" }

    /// The mgr's record in the volume directory `directory`.
    static func metadataPath(in directory: String) -> String { "\(directory)/\(metadataName)" }

    /// The directory of the attachments in the volume directory `directory`, which no user of the volume reaches.
    static func attachmentsPath(in directory: String) -> String { "\(directory)/.attachments" }

    /// The data directory, from the mount's root.
    func dataPath(_ data: String) -> String { "\(volumePath)/\(data)" }

    /// The data directory from the file system's root: what nodes mount and what `getpath` prints.
    func absoluteDataPath(_ data: String) -> String { root + dataPath(data) }

    /// The name in ``staging`` for an attempt of `replica` to make the volume.
    func stagingName(replica: String, attempt: String) -> String { "\(volume).\(replica).\(attempt)" }

    /// Whether a name in ``staging`` is an attempt of `replica`: the parts after the volume's name have no dots.
    static func isStaged(_ name: String, by replica: String) -> Bool {
        let parts = name.split(byte: ".", omittingEmptySubsequences: false)
        return parts.count >= 3 && parts[parts.count - 2] == replica
    }

    /// The name in ``trash`` for the volume, deleted at that time.
    func trashName(deletedAt microseconds: Int64) -> String {
        "\(WallClock(microseconds: microseconds).compact).\(volume)"
    }

    /// What a name in ``trash`` says: when the volume was deleted, and its name; nil for what is none.
    static func trashed(_ name: String) -> (deletedAt: Int64, volume: String)? {
        let length = WallClock(microseconds: 0).compact.utf8.count
        let time = String(name.prefix(length))
        let volume = name.dropFirst(length)
        guard volume.first == ".", let moment = WallClock(compact: time)?.microseconds else { return nil }
        return (moment, String(volume.dropFirst()))
    }

    /// The mgr's record, version 2, of a volume with that data directory (CPython configparser's syntax).
    func metadataText(data: String) -> String {
        """
        [GLOBAL]
        version = 2
        type = subvolume
        path = \(absoluteDataPath(data))
        state = complete


        """
    }
}
