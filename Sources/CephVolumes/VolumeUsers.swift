import Volumes

/// The ids of a volume's cephx users, without `client.`:
/// `<prefix>-<uuid of the data directory>[-<hash of the node>][-ro][-g<generation>]`.
///
/// By the data directory and not by the volume's name, for a name may come again: a deleted volume's key never opens
/// the next volume of its name.
struct VolumeUsers: Sendable, Hashable {
    /// The cluster's prefix.
    let prefix: String
    /// The data directory's name.
    let data: String
    /// How often the volume's users were replaced; 0 for a volume whose users are its first.
    var generation: Int64

    /// The user of every node of the mode `volume` with that access.
    func shared(readOnly: Bool) -> String {
        "\(prefix)-\(data)" + suffix(readOnly)
    }

    /// The user of one node in the mode `node`; `hash` is 12 hexadecimal digits of its name's.
    func ofNode(_ hash: String, readOnly: Bool) -> String {
        "\(prefix)-\(data)-\(hash)" + suffix(readOnly)
    }

    /// Every user of the mode `volume` that the volume may ever have had: few, for users are seldom replaced.
    var everShared: [String] {
        (0...max(generation, 0)).flatMap { generation in
            let users = VolumeUsers(prefix: prefix, data: data, generation: generation)
            return [users.shared(readOnly: false), users.shared(readOnly: true)]
        }
    }

    private func suffix(_ readOnly: Bool) -> String {
        (readOnly ? "-ro" : "") + (generation > 0 ? "-g\(generation)" : "")
    }
}
