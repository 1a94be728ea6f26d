import Bytes

/// A volume as it exists on the file system.
public struct Volume: Sendable, Hashable {
    /// Its id.
    public var id: VolumeID
    /// The name in the CreateVolume request that made it.
    public var requestName: String
    /// The quota of its data directory; nil when it has none.
    public var capacity: Capacity?
    /// Absolute path of the data directory (`<root>/<group>/<volume>/<uuid>`): what nodes mount and caps name.
    public var dataPath: String
    /// The properties it was made with.
    public var properties: VolumeProperties
    /// What its first content was copied from; nil for a volume that began empty.
    public var source: ContentSource?
    /// Whether it has no content of its own and shows its source's, a snapshot's. It can only be read, and has no data
    /// directory: ``dataPath`` is the volume's own.
    public var isShallow: Bool

    /// Joins what the record and the quota say.
    public init(
        id: VolumeID,
        requestName: String,
        capacity: Capacity?,
        dataPath: String,
        properties: VolumeProperties,
        source: ContentSource? = nil,
        isShallow: Bool = false
    ) {
        self.id = id
        self.requestName = requestName
        self.capacity = capacity
        self.dataPath = dataPath
        self.properties = properties
        self.source = source
        self.isShallow = isShallow
    }
}

/// What a StorageClass sets on a new volume's data directory.
public struct VolumeProperties: Sendable, Hashable {
    /// Permission bits of the data directory.
    public var mode: UInt16
    /// Its owner.
    public var uid: UInt32
    /// Its group.
    public var gid: UInt32
    /// Data pool for its files (`ceph.dir.layout.pool`); nil: the file system's default.
    public var dataPool: String?
    /// What keeps other volumes' users from its files' objects.
    public var isolation: Isolation

    /// The defaults: 0777, root, root: any pod may write, as a freshly formatted disk with fsGroup would allow.
    public init(
        mode: UInt16 = 0o777,
        uid: UInt32 = 0,
        gid: UInt32 = 0,
        dataPool: String? = nil,
        isolation: Isolation = .namespace
    ) {
        self.mode = mode
        self.uid = uid
        self.gid = gid
        self.dataPool = dataPool
        self.isolation = isolation
    }
}

/// A request for a volume, validated.
public struct VolumeSpec: Sendable, Hashable {
    /// The id that the name leads to.
    public var id: VolumeID
    /// The CSI name.
    public var requestName: String
    /// The capacity wanted.
    public var capacity: CapacityRange
    /// What to set on it.
    public var properties: VolumeProperties
    /// Where its content comes from; nil for an empty volume.
    public var source: ContentSource?
    /// Whether it is to show what its source, a snapshot, holds, without a copy of it.
    public var isShallow: Bool
    /// What can be changed later, set before the volume is seen: were one of these refused afterwards, a volume would stay
    /// that nobody deletes. The data pool is among the properties.
    public var changes: VolumeChanges

    /// Joins the parts.
    public init(
        id: VolumeID,
        requestName: String,
        capacity: CapacityRange,
        properties: VolumeProperties,
        source: ContentSource? = nil,
        isShallow: Bool = false,
        changes: VolumeChanges = VolumeChanges()
    ) {
        self.id = id
        self.requestName = requestName
        self.capacity = capacity
        self.properties = properties
        self.source = source
        self.isShallow = isShallow
        self.changes = changes
    }

    /// Why `volume`, found under this request's id, is not what this request asks for; nil when it is.
    public func conflict(with volume: Volume) -> String? {
        if !volume.requestName.isSame(as: requestName) {
            return "the name is taken by a volume that was requested as \(volume.requestName.debugDescription)"
        }
        if !capacity.admits(volume.capacity) {
            let has = volume.capacity.map { "\($0.bytes) bytes" } ?? "no size limit"
            return "it has \(has), the request wants \(capacity.required) to "
                + (capacity.limit == 0 ? "any number of" : "\(capacity.limit)") + " bytes"
        }
        if volume.source != source {
            return "its content comes from \(volume.source.sourceName), the request wants \(source.sourceName)"
        }
        if volume.isShallow != isShallow {
            return volume.isShallow
                ? "it is a shallow volume, the request wants a copy"
                : "it is a copy, the request wants a shallow volume"
        }
        if volume.properties != properties {
            return "its parameters differ: it has \(volume.properties), the request wants \(properties)"
        }
        return nil
    }
}

extension VolumeProperties: CustomStringConvertible {
    /// The properties as a StorageClass writes them.
    public var description: String {
        let pool = dataPool.map { " dataPool=\($0)" } ?? ""
        return "mode=0\(String(mode, radix: 8)) uid=\(uid) gid=\(gid)\(pool) isolation=\(isolation.rawValue)"
    }
}

extension ContentSource? {
    /// For messages.
    fileprivate var sourceName: String {
        switch self {
        case nil: "nowhere"
        case .snapshot(let id): "snapshot \(id)"
        case .volume(let id): "volume \(id)"
        }
    }
}
