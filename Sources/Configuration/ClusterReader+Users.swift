import Bytes
import Volumes

extension ClusterReader {
    /// The longest prefix, in bytes: with a UUID, a node's hash and a generation behind it, a user's id stays below 100.
    static let maximumPrefix = 40

    /// A cluster's id in lower case; nil when the entry does not say it.
    mutating func fsid() -> String? {
        let key = ClusterKey.fsid
        guard let found = mapping.text(key.rawValue, example: key.example), !found.text.isEmpty else { return nil }
        let parts = found.text.split(byte: "-", omittingEmptySubsequences: false)
        let isHexadecimal = parts.allSatisfy { part in part.utf8.allSatisfy { Character(UnicodeScalar($0)).isHexDigit }
        }
        guard parts.map(\.utf8.count) == [8, 4, 4, 4, 12], isHexadecimal else {
            let problem = "\(found.text.debugDescription) is not a UUID"
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
        if found.text.begins(with: "client.") {
            let fix = "leave out \"client.\": \(found.text.dropFirst("client.".count))"
            mapping.report(key.rawValue, "\(shown) contains the type of the user", fix)
        } else if !FileName.isSafe(found.text) {
            mapping.report(key.rawValue, "\(shown) is not a safe name", Self.nameFix)
        } else if found.text.utf8.count > Self.maximumPrefix {
            mapping.report(key.rawValue, "is longer than \(Self.maximumPrefix) bytes", "choose a shorter one")
        } else {
            return found.text
        }
        return nil
    }

    /// The provisioner for calls that bring no secrets: its id and where its key is, both or neither.
    mutating func standingUser() -> (user: String?, keyFile: String?) {
        let keys = (user: ClusterKey.user, file: ClusterKey.keyFile)
        let user = mapping.text(keys.user.rawValue, example: keys.user.example).flatMap {
            $0.text.isEmpty ? nil : $0.text
        }
        let file = mapping.text(keys.file.rawValue, example: keys.file.example).flatMap {
            $0.text.isEmpty ? nil : $0.text
        }
        if let user, user.begins(with: "client.") {
            let fix = "leave out \"client.\": \(user.dropFirst("client.".count))"
            mapping.report(keys.user.rawValue, "\(user.debugDescription) contains the type of the user", fix)
        } else if let user, !FileName.isSafe(user) {
            mapping.report(keys.user.rawValue, "\(user.debugDescription) is not a safe name", Self.nameFix)
        }
        if let file, !file.begins(with: "/") || file.utf8.contains(0) {
            let problem = "\(file.debugDescription) is not absolute"
            mapping.report(keys.file.rawValue, problem, "begin with a slash: \(keys.file.example)")
        }
        if (user == nil) != (file == nil) {
            let (there, missing) = user == nil ? (keys.file, keys.user) : (keys.user, keys.file)
            mapping.report(
                there.rawValue,
                "needs \(missing.rawValue), too",
                "add \(missing.rawValue): \(missing.example)"
            )
        }
        return (user, file)
    }

    /// The longest time that deleted volumes are kept: ten years.
    static let maximumRetention = Duration.seconds(3650 * 86_400)

    /// How long deleted volumes are kept.
    mutating func trashRetention() -> Duration? {
        let key = ClusterKey.trashRetention
        guard let found = mapping.text(key.rawValue, example: key.example) else { return nil }
        let units: [Character: Int64] = ["s": 1, "m": 60, "h": 3600, "d": 86_400]
        let unit = found.text.last.flatMap { units[$0] }
        let digits = unit == nil ? found.text[...] : found.text.dropLast()
        guard !digits.isEmpty, digits.utf8.count <= 10, digits.allSatisfy({ $0.isASCII && $0.isNumber }),
            let number = Int64(digits), number == 0 || unit != nil,
            .seconds(number * (unit ?? 0)) <= Self.maximumRetention
        else {
            let fix =
                "write whole seconds, minutes, hours or days, at most ten years: \"90s\", \"30m\", \"12h\", \"7d\", or \"0\""
            mapping.report(key.rawValue, "\(found.text.debugDescription) is not a time span", fix)
            return nil
        }
        return .seconds(number * (unit ?? 0))
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
