import Bytes

/// Chooses a volume's directory name from its CSI name: the name itself where it is safe and fits, else a readable
/// prefix and a hash of the whole name, so that the same request always finds the same directory.
public struct VolumeNaming: Sendable {
    /// Hexadecimal digits of the hash that a derived name carries: 128 bits.
    static let hashLength = 32
    private let digest: @Sendable (String) -> String

    /// `digest` gives the lowercase hexadecimal SHA-256 of a text's UTF-8 bytes.
    public init(digest: @escaping @Sendable (String) -> String) {
        self.digest = digest
    }

    /// The id for the volume that CSI calls `name`.
    ///
    /// - Throws: ``VolumeError/invalid(field:fix:)`` when the other parts leave no room for a name.
    public func id(name: String, cluster: String, filesystem: String, group: String) throws -> VolumeID {
        // Judged before the name is looked at: a group must not work for short names and fail for long ones.
        let taken = cluster.utf8.count + filesystem.utf8.count + group.utf8.count + 3
        let room = min(VolumeID.maximumLength - taken, FileName.maximumLength) - Self.hashLength - 1
        guard room >= 0 else {
            throw VolumeError.invalid(
                field: "parameters[group]",
                fix: "must be shorter: cluster, filesystem and group may together have at most "
                    + "\(VolumeID.maximumLength - Self.hashLength - 4) bytes"
            )
        }
        if !Self.looksDerived(name),
            let id = VolumeID(cluster: cluster, filesystem: filesystem, group: group, volume: name)
        {
            return id
        }
        let prefix = FileName.readablePrefix(of: name, length: room)
        let hash = digest(name).prefix(Self.hashLength)
        let derived = prefix.isEmpty ? "\(hash)" : "\(prefix).\(hash)"
        guard let id = VolumeID(cluster: cluster, filesystem: filesystem, group: group, volume: derived) else {
            throw VolumeError.invalid(
                field: "parameters[group]",
                fix: "cluster, filesystem and group must be safe names"
            )
        }
        return id
    }

    /// Whether a volume's directory may be called so for the volume that CSI calls `name`: the name itself, or one derived
    /// from it, as far as that can be told without the hash.
    public static func mayName(_ volume: String, _ name: String) -> Bool {
        if volume.isSame(as: name) { return true }
        guard volume.utf8.count >= hashLength, looksDerived(volume) else { return false }
        let prefix = volume.dropLast(hashLength)
        guard !prefix.isEmpty else { return true }
        let readable = FileName.readablePrefix(of: name, length: name.utf8.count)
        return prefix.last == "." && readable.begins(with: prefix.dropLast())
    }

    /// A literal name of the derived form is hashed too, so that it can't meet another name's derived one.
    private static func looksDerived(_ name: String) -> Bool {
        let tail = name.split(byte: ".", omittingEmptySubsequences: false).last ?? ""
        return tail.utf8.count == hashLength && tail.allSatisfy { $0.isHexDigit }
    }
}
