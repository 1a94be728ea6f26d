import Volumes

extension ClusterReader {
    /// The longest prefix, in bytes: with a UUID, a node's hash and a generation behind it, a user's id stays below 100.
    static let maximumPrefix = 40

    /// A cluster's id in lower case; nil when the entry does not say it.
    mutating func fsid() -> String? {
        let key = ClusterKey.fsid
        guard let found = mapping.text(key.rawValue, example: key.example), !found.text.isEmpty else { return nil }
        let parts = found.text.split(separator: "-", omittingEmptySubsequences: false)
        let isHexadecimal = parts.allSatisfy { part in part.utf8.allSatisfy { Character(UnicodeScalar($0)).isHexDigit }
        }
        guard parts.map(\.utf8.count) == [8, 4, 4, 4, 12], isHexadecimal else {
            let problem = "\(found.text.debugDescription) is no UUID"
            mapping.report(key.rawValue, problem, "write what `ceph fsid` prints: \(key.example)")
            return nil
        }
        return found.text.lowercased()
    }

    /// What the ids of the cluster's volume users begin with.
    mutating func userPrefix() -> String? {
        let key = ClusterKey.userPrefix
        guard let found = mapping.text(key.rawValue, example: key.example) else { return nil }
        let shown = found.text.debugDescription
        if found.text.hasPrefix("client.") {
            let fix = "leave out \"client.\": \(found.text.dropFirst("client.".count))"
            mapping.report(key.rawValue, "\(shown) has the kind of user in it", fix)
        } else if !FileName.isSafe(found.text) {
            mapping.report(key.rawValue, "\(shown) is no safe name", Self.nameFix)
        } else if found.text.utf8.count > Self.maximumPrefix {
            mapping.report(key.rawValue, "is longer than \(Self.maximumPrefix) bytes", "choose a shorter one")
        } else {
            return found.text
        }
        return nil
    }
}

extension Cluster {
    /// Whether users that one entry's provisioner makes are within reach of the other's, which has other directories:
    /// they share a monitor and the users' prefix.
    func sharesUsers(with other: Cluster) -> Bool {
        userPrefix == other.userPrefix && (root != other.root || filesystem != other.filesystem)
            && !Set(monitors).isDisjoint(with: other.monitors)
    }
}
