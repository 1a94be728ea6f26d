import Bytes
import Ceph
import CephVolumes
import Configuration
import JSON
import System
import Volumes

/// Holds Kubernetes' objects against the file system.
struct AuditWork: Sendable {
    let reading: VolumeReading
    let driver: String

    /// A line for each finding.
    func run(_ scope: ScopeChoice, _ files: [String]) async throws -> [String] {
        let objects = try KubernetesObjects(files: files, driver: driver)
        let clusters = try scope.clusters(reading.clusters)
        let scopes = clusters.map {
            VolumeAudit.Scope(cluster: $0.id, filesystem: scope.filesystem ?? $0.filesystem)
        }
        var volumes: [VolumeID] = []
        var snapshots: [VolumeID] = []
        for cluster in clusters {
            volumes += try await reading.inventory.volumes(
                of: cluster,
                filesystem: scope.filesystem,
                as: reading.provisioner
            )
            guard objects.hasSnapshotContents else { continue }
            snapshots += try await reading.inventory.snapshots(
                of: cluster,
                filesystem: scope.filesystem,
                as: reading.provisioner
            )
        }
        let knows = { (id: String) in reading.clusters.cluster(id) != nil }
        let ofVolumes = VolumeAudit.findings(objects.volumes, existing: volumes, scopes: scopes, knows: knows)
        let ofSnapshots = VolumeAudit.findings(objects.snapshots, existing: snapshots, scopes: scopes, knows: knows)
        return ofVolumes.map { line($0, "volume", "PersistentVolume") }
            + ofSnapshots.map { line($0, "snapshot", "VolumeSnapshotContent") }
    }

    private func line(_ finding: VolumeAudit.Finding, _ thing: String, _ object: String) -> String {
        switch finding {
        case .unclaimed(let id): "unclaimed \(thing) \(id): no \(object) has it"
        case .missing(let claim):
            "missing \(thing) \(name(claim.handle)) of \(object) \(name(claim.name)): it does not exist"
        case .foreign(let claim):
            "unknown \(thing) \(name(claim.handle)) of \(object) \(name(claim.name)): it names no cluster of the configuration"
        case .shared(let id, let names):
            "shared \(thing) \(id): several \(object)s have it: \(names.map(name).joined(separator: ", "))"
        }
    }

    private func name(_ text: String) -> String { VolumeText.plain(text) }
}

/// What kubectl has printed, as far as an audit needs it.
struct KubernetesObjects: Sendable {
    /// As much as tens of thousands of objects take.
    private static let maximumSize = 512 << 20

    private(set) var volumes: [VolumeAudit.Claim] = []
    private(set) var snapshots: [VolumeAudit.Claim] = []
    private(set) var hasSnapshotContents = false
    private let driver: String

    /// - Throws: ``VolumeError/invalid(field:fix:)`` for a file that holds something else.
    init(files: [String], driver: String) throws {
        self.driver = driver
        for file in files {
            let bytes = try SmallFile.readAnything(file == "-" ? "/dev/stdin" : file, limit: Self.maximumSize)
            let text = String(decoding: bytes, as: UTF8.self)
            for document in try Self.documents(text, file) { try add(document, file) }
        }
    }

    private static func documents(_ text: String, _ file: String) throws -> [JSONValue] {
        if text.first(where: { !$0.isWhitespace }) == "{" {
            guard let value = try? JSONValue(parsing: text) else { throw invalid(file, "is not valid JSON") }
            return [value]
        }
        var documents: [[Substring]] = [[]]
        for line in text.split(byte: "\n", omittingEmptySubsequences: false) {
            if line == "---" { documents.append([]) } else { documents[documents.count - 1].append(line) }
        }
        return try documents.compactMap { lines in
            do {
                let bytes = Array(lines.joined(separator: "\n").utf8)
                return try YAMLFile.value(of: bytes, limits: .objects).map(JSONValue.init)
            } catch let problem as ConfigurationProblem {
                throw invalid(file, "line \(problem)")
            }
        }
    }

    private mutating func add(_ object: JSONValue, _ file: String) throws {
        if case .null = object { return }
        guard let kind = object["kind"]?.string else {
            throw Self.invalid(file, "has no kind, so it is not a Kubernetes object")
        }
        if kind.ends(with: "List") {
            for item in object["items"]?.array ?? [] { try add(item, file) }
            if kind == "VolumeSnapshotContentList" { hasSnapshotContents = true }
            return
        }
        let name = object["metadata"]?["name"]?.string ?? ""
        switch kind {
        case "PersistentVolume": addVolume(object["spec"]?["csi"], name)
        case "VolumeSnapshotContent": addSnapshot(object, name)
        // Others may stand beside them, as they do in what `volume export --claim` prints.
        default: return
        }
    }

    private mutating func addVolume(_ csi: JSONValue?, _ name: String) {
        guard let csi, csi["driver"]?.string == driver else { return }
        let mark = csi["volumeAttributes"]?["static"]?.string
        guard mark != "true" else { return }
        volumes.append(VolumeAudit.Claim(name: name, handle: csi["volumeHandle"]?.string ?? ""))
    }

    private mutating func addSnapshot(_ object: JSONValue, _ name: String) {
        hasSnapshotContents = true
        guard object["spec"]?["driver"]?.string == driver else { return }
        // One that is being made has no handle yet.
        let handle = object["status"]?["snapshotHandle"] ?? object["spec"]?["source"]?["snapshotHandle"]
        guard let handle = handle?.string else { return }
        snapshots.append(VolumeAudit.Claim(name: name, handle: handle))
    }

    private static func invalid(_ file: String, _ problem: String) -> VolumeError {
        .invalid(
            field: "--persistent-volumes",
            fix: "\(file) \(problem): give what `kubectl get pv -o json` or -o yaml printed"
        )
    }
}

extension JSONValue {
    /// The same as YAML says it. Numbers stay as they are written.
    init(_ node: YAMLNode) {
        self =
            switch node.content {
            case .null: .null
            case .boolean(let value): .bool(value)
            case .number(let text), .string(let text): .string(text)
            case .sequence(let nodes): .array(nodes.map(JSONValue.init))
            case .mapping(let entries):
                .object(Dictionary(uniqueKeysWithValues: entries.map { ($0.key, JSONValue($0.value)) }))
            }
    }
}
