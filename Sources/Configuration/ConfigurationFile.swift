import System
import Volumes

/// The configuration file: a mapping with one key, `clusters`. docs/configuration.md describes it.
public enum ConfigurationFile {
    /// The keys of the file's top level.
    public static let topLevelKeys = ["clusters"]
    /// The largest file that is read, in bytes.
    public static let maximumSize = 1 << 20

    /// Reads the file at `path`.
    ///
    /// - Throws: ``ConfigurationError`` with every problem found: the file can't be read, is not YAML, or says
    ///   something that it must not.
    public static func load(_ path: String) throws(ConfigurationError) -> [Cluster] {
        try read(path).clusters
    }

    /// The clusters that `bytes`, the content of `file`, describes, in its order; never empty.
    ///
    /// - Throws: ``ConfigurationError`` with every problem found.
    public static func parse(_ bytes: [UInt8], file: String) throws(ConfigurationError) -> [Cluster] {
        let root: YAMLNode?
        do {
            root = try YAMLComposer.compose(bytes)
        } catch {
            throw ConfigurationError(file: file, problems: [error])
        }
        var reader = FileReader()
        let clusters = reader.clusters(in: root)
        guard reader.problems.isEmpty else { throw ConfigurationError(file: file, problems: reader.problems.inOrder) }
        return clusters
    }

    /// The clusters, and which version of the file they are from.
    static func read(_ path: String) throws(ConfigurationError) -> (clusters: [Cluster], FileFingerprint) {
        let file: (bytes: [UInt8], fingerprint: FileFingerprint)
        do {
            file = try SmallFile.read(path, limit: maximumSize)
        } catch {
            let fix = "name a readable file of YAML with --config; docs/configuration.md shows one"
            let problem = ConfigurationProblem(mark: nil, key: "", problem: "can't be read: \(error)", fix: fix)
            throw ConfigurationError(file: path, problems: [problem])
        }
        return (try parse(file.bytes, file: path), file.fingerprint)
    }
}

/// Reads the top level.
private struct FileReader {
    private static let example = "clusters: [{id: main, monitors: [\"10.0.0.1:6789\"]}]"
    private(set) var problems: [ConfigurationProblem] = []

    mutating func clusters(in root: YAMLNode?) -> [Cluster] {
        guard let root, root.content != .null else {
            report(nil, "", "the file is empty", "write \(Self.example)")
            return []
        }
        guard case .mapping(let entries) = root.content else {
            report(root.mark, "", "the file must be a mapping, is \(root.kind)", "begin it with \"clusters:\"")
            return []
        }
        let mapping = MappingReader(entries, mark: root.mark, path: "", known: ConfigurationFile.topLevelKeys)
        problems += mapping.problems
        guard let list = entries.first(where: { $0.key == "clusters" })?.value else {
            // One mistyped key is one problem.
            if problems.isEmpty { report(root.mark, "clusters", "is missing", "add \(Self.example)") }
            return []
        }
        guard case .sequence(let items) = list.content, !items.isEmpty else {
            let isList = list.content == .sequence([])
            report(
                list.mark,
                "clusters",
                isList ? "must not be empty" : "must be a list, is \(list.kind)",
                "write \(Self.example)"
            )
            return []
        }
        return read(items)
    }

    private mutating func read(_ items: [YAMLNode]) -> [Cluster] {
        var clusters: [Cluster] = []
        var lines: [String: Int] = [:]
        for (index, item) in items.enumerated() {
            guard case .mapping(let entries) = item.content else {
                let fix = "write {id: …, monitors: […]}"
                report(item.mark, "clusters[\(index)]", "must be a mapping, is \(item.kind)", fix)
                continue
            }
            var reader = ClusterReader(entries, mark: item.mark, index: index)
            let cluster = reader.read()
            problems += reader.problems
            if !cluster.id.isEmpty, let line = lines.updateValue(reader.idMark.line, forKey: cluster.id) {
                let problem = "\(cluster.id.debugDescription) is the id of the entry in line \(line) too"
                report(reader.idMark, "clusters[\(index)].id", problem, "give every cluster an id of its own")
            }
            if let other = clusters.first(where: cluster.sharesUsers) {
                let problem =
                    "\(cluster.userPrefix.debugDescription) is the prefix of \(other.id.debugDescription) too, which "
                    + "has another root on the same cluster: each could remove the other's users"
                report(item.mark, "clusters[\(index)].userPrefix", problem, "give every root a userPrefix of its own")
            }
            clusters.append(cluster)
        }
        return clusters
    }

    private mutating func report(_ mark: YAMLMark?, _ key: String, _ problem: String, _ fix: String) {
        problems.append(ConfigurationProblem(mark: mark, key: key, problem: problem, fix: fix))
    }
}

extension [ConfigurationProblem] {
    /// Sorted by place; those of one place in the order they were found.
    var inOrder: [ConfigurationProblem] {
        enumerated().sorted { left, right in
            (left.element.mark?.line ?? 0, left.element.mark?.column ?? 0, left.offset)
                < (right.element.mark?.line ?? 0, right.element.mark?.column ?? 0, right.offset)
        }.map(\.element)
    }
}
