import Bytes
import Volumes

/// Reads one entry of `clusters`, and says everything that is wrong with it.
struct ClusterReader {
    /// The most that id, file system and group may take together, in bytes, so that a volume id has room for any name
    /// (33 bytes for a hash and its separator, 3 colons; ``VolumeID/maximumLength``).
    static let maximumNames = VolumeID.maximumLength - 33 - 3
    /// The longest root, in bytes: far from PATH_MAX (4096) with group, volume and data directory behind it.
    static let maximumRoot = 1024

    static let nameFix =
        "use 1 to \(FileName.maximumLength) of A-Z a-z 0-9 . _ -, beginning with a letter or digit"

    var mapping: MappingReader
    /// Where each part that other entries may clash with stands.
    private(set) var idMark: YAMLMark

    /// What is wrong so far.
    var problems: [ConfigurationProblem] { mapping.problems }

    init(_ entries: [YAMLNode.Entry], mark: YAMLMark, index: Int) {
        let known = ClusterKey.allCases.map(\.rawValue)
        mapping = MappingReader(entries, mark: mark, path: "clusters[\(index)]", known: known)
        idMark = mark
    }

    /// The entry, with defaults in place of what is missing or wrong; usable only without ``problems``.
    mutating func read() -> Cluster {
        var cluster = Cluster(id: "", monitors: [])
        for key in ClusterKey.allCases where key.defaultValue == nil && !mapping.has(key.rawValue) {
            mapping.report(key.rawValue, "is missing", "add \(key.rawValue): \(key.example)", at: mapping.mark)
        }
        if let id = name(.id) {
            cluster.id = id.text
            idMark = id.mark
        }
        cluster.filesystem = name(.filesystem)?.text ?? cluster.filesystem
        cluster.group = name(.group)?.text ?? cluster.group
        cluster.monitors = monitors()
        cluster.root = root() ?? cluster.root
        cluster.createsGroups = mapping.boolean(ClusterKey.createGroups.rawValue) ?? cluster.createsGroups
        cluster.fsid = fsid()
        cluster.userPrefix = userPrefix() ?? cluster.userPrefix
        cluster.cephxKeyType = choice(.cephxKeyType, "kind of key") ?? cluster.cephxKeyType
        cluster.mounter = choice(.mounter, "mounter") ?? cluster.mounter
        cluster.mountOptions = mountOptions(.mountOptions)
        cluster.kernelMountOptions = mountOptions(.kernelMountOptions)
        cluster.fuseMountOptions = mountOptions(.fuseMountOptions)
        (cluster.user, cluster.keyFile) = standingUser()
        cluster.trashRetention = trashRetention() ?? cluster.trashRetention
        cluster.topologies = topologies()
        checkLength(cluster)
        return cluster
    }

    private mutating func name(_ key: ClusterKey) -> (text: String, mark: YAMLMark)? {
        guard let found = mapping.text(key.rawValue, example: key.example) else { return nil }
        guard FileName.isSafe(found.text) else {
            mapping.report(key.rawValue, "\(found.text.debugDescription) is not a safe name", Self.nameFix)
            return nil
        }
        return found
    }

    private mutating func monitors() -> [String] {
        let key = ClusterKey.monitors
        guard let found = mapping.texts(key.rawValue, example: key.example) else { return [] }
        guard !found.isEmpty || mapping.items(key.rawValue) > 0 else {
            mapping.report(key.rawValue, "must not be empty", "list at least one monitor: \(key.example)")
            return []
        }
        var monitors: [String] = []
        for (text, mark) in found {
            guard let address = MonitorAddress.normalized(text) else {
                let problem = "\(text.debugDescription) is not a monitor address"
                mapping.report(key.rawValue, problem, MonitorAddress.fix(for: text), at: mark)
                continue
            }
            if monitors.contains(address) {
                mapping.report(key.rawValue, "\(address) is listed twice", "keep one of the two", at: mark)
            }
            monitors.append(address)
        }
        return monitors
    }

    private mutating func root() -> String? {
        let key = ClusterKey.root
        guard let found = mapping.text(key.rawValue, example: key.example) else { return nil }
        let path = found.text
        let components = path.split(byte: "/", omittingEmptySubsequences: false).dropFirst()
        let shown = path.debugDescription
        let (problem, fix): (String, String)
        if !path.begins(with: "/") {
            (problem, fix) = ("\(shown) is not absolute", "begin with a slash: \(key.example)")
        } else if components.allSatisfy(\.isEmpty) {
            (problem, fix) = (
                "the root of the file system is never used", "give volumes a directory of their own: \(key.example)"
            )
        } else if components.contains(where: { $0 == ".." || $0 == "." }) {
            (problem, fix) = ("\(shown) has \".\" or \"..\" in it", "write the full path: \(key.example)")
        } else if components.contains(where: \.isEmpty) {
            (problem, fix) = (
                "\(shown) has an empty component", "write single slashes, and none at the end: \(key.example)"
            )
        } else if !components.allSatisfy({ FileName.isSafe(String($0)) }) {
            (problem, fix) = ("\(shown) has a component that is not a safe name", Self.nameFix + " in each")
        } else if path.utf8.count > Self.maximumRoot {
            (problem, fix) = ("is longer than \(Self.maximumRoot) bytes", "choose a shorter path")
        } else {
            return path
        }
        mapping.report(key.rawValue, problem, fix)
        return nil
    }

    private mutating func choice<Choice: RawRepresentable<String> & CaseIterable>(
        _ key: ClusterKey,
        _ noun: String
    ) -> Choice? {
        guard let found = mapping.text(key.rawValue, example: key.example) else { return nil }
        guard let choice = Choice(rawValue: found.text) else {
            let choices = Choice.allCases.map(\.rawValue)
            let nearest = NearestName.to(found.text, among: choices).map { "did you mean \($0)?" }
            let problem = "\(found.text.debugDescription) is not a \(noun)"
            mapping.report(key.rawValue, problem, nearest ?? "write one of \(choices.joined(separator: ", "))")
            return nil
        }
        return choice
    }

    private mutating func mountOptions(_ key: ClusterKey) -> [String] {
        let found = mapping.texts(key.rawValue, example: key.example) ?? []
        for (index, option) in found.enumerated() {
            guard let objection = MountOptionRule.objection(to: option.text) else { continue }
            mapping.report("\(key.rawValue)[\(index)]", objection.problem, objection.fix, at: option.mark)
        }
        return found.map(\.text)
    }

    private mutating func checkLength(_ cluster: Cluster) {
        let length = [cluster.id, cluster.filesystem, cluster.group].reduce(0) { $0 + $1.utf8.count }
        guard length > Self.maximumNames else { return }
        mapping.report(
            ClusterKey.id.rawValue,
            "id, filesystem and group are \(length) bytes long together, volume ids have room for \(Self.maximumNames)",
            "choose a shorter id"
        )
    }
}
