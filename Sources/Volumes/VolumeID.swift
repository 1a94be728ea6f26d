import Bytes

/// The CSI volume id of a dynamically provisioned volume: `<cluster>:<filesystem>:<group>:<volume>`.
///
/// At most 128 bytes (CSI spec, "Size Limits"). Each part is a safe file name (``FileName/isSafe(_:)``), so a parsed
/// id can't name anything outside its group.
public struct VolumeID: Sendable, Hashable, CustomStringConvertible {
    /// The longest id in bytes (CSI spec, "Size Limits").
    public static let maximumLength = 128

    /// The id of the cluster's entry in the configuration.
    public let cluster: String
    /// The CephFS file system's name.
    public let filesystem: String
    /// The subvolume group: the directory below the root.
    public let group: String
    /// The volume's directory in the group.
    public let volume: String

    /// Joins parts that are safe file names and together fit ``maximumLength``; nil otherwise.
    public init?(cluster: String, filesystem: String, group: String, volume: String) {
        let parts = [cluster, filesystem, group, volume]
        guard parts.allSatisfy(FileName.isSafe) else { return nil }
        guard parts.reduce(3, { $0 + $1.utf8.count }) <= Self.maximumLength else { return nil }
        self.cluster = cluster
        self.filesystem = filesystem
        self.group = group
        self.volume = volume
    }

    /// Parses an id strictly; nil for anything this plugin can't have issued.
    public init?(_ text: String) {
        let parts = text.split(byte: ":", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 4 else { return nil }
        self.init(cluster: parts[0], filesystem: parts[1], group: parts[2], volume: parts[3])
    }

    /// The id as the CO sees it.
    public var description: String { "\(cluster):\(filesystem):\(group):\(volume)" }
}
