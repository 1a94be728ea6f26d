import Ceph
import CephVolumes
import JSON
import Volumes

/// Volumes as `volume list` and `volume show` print them.
enum VolumeText {
    /// A line for each, under a line of titles.
    static func table(_ volumes: [VolumeFacts]) -> String {
        let titles = ["VOLUME", "CAPACITY", "USED", "NODES", "CONDITION", "NAME"]
        let rows = volumes.map { facts in
            [
                "\(facts.volume.id)",
                facts.volume.capacity.map { "\($0.bytes)" } ?? "-",
                "\(facts.usedBytes)",
                facts.attachments.isEmpty ? "-" : facts.attachments.map(\.node).joined(separator: ","),
                facts.details.condition.isAbnormal ? "abnormal" : "ok",
                plain(facts.volume.requestName),
            ]
        }
        let lines = [titles] + rows
        let widths = titles.indices.map { column in lines.map { $0[column].count }.max() ?? 0 }
        return lines.map { line in
            let cells = zip(line, widths).dropLast().map { cell, width in
                cell + String(repeating: " ", count: max(0, width - cell.count))
            }
            return (cells + [line[line.count - 1]]).joined(separator: "  ")
        }.joined(separator: "\n")
    }

    /// A paragraph for each.
    static func paragraphs(_ volumes: [VolumeFacts]) -> String {
        volumes.map { facts in
            ["volume: \(facts.volume.id)"]
                .appending(lines(facts).map { "  \($0.name): \($0.value)" })
                .joined(separator: "\n")
        }.joined(separator: "\n\n")
    }

    private static func lines(_ facts: VolumeFacts) -> [(name: String, value: String)] {
        let volume = facts.volume
        let properties = volume.properties
        var lines = [
            ("name", plain(volume.requestName)),
            ("data", volume.dataPath),
            ("capacity", volume.capacity.map { "\($0.bytes)" } ?? "none"),
            ("used", "\(facts.usedBytes) bytes, \(facts.entries) files and directories"),
            ("condition", plain(facts.details.condition.message)),
            ("created", facts.created),
            ("pool", facts.pool ?? "unknown"),
            ("namespace", facts.namespace.isEmpty ? "none" : facts.namespace),
            ("isolation", properties.isolation.rawValue),
            ("mode, uid, gid", "0\(String(properties.mode, radix: 8)), \(properties.uid), \(properties.gid)"),
        ]
        if let source = volume.source { lines.append(("copied from", source.text)) }
        if let path = facts.adoptedFrom { lines.append(("adopted from", plain(path))) }
        lines += facts.users.map { ("user", "client.\($0)") }
        lines += facts.attachments.map { attachment in
            ("node", "\(attachment.node) \(attachment.readOnly ? "reads" : "writes") \(attachment.mode.rawValue)")
        }
        lines += facts.snapshots.map { ("snapshot", "\($0.id) \($0.size) \(plain($0.requestName))") }
        lines += PersistentVolumeStyle.context(volume, .volume, nil).map { ("attribute", "\($0.key)=\($0.value)") }
        return lines
    }

    /// One JSON array.
    static func json(_ volumes: [VolumeFacts]) -> String { JSONValue.array(volumes.map(value)).text }

    private static func value(_ facts: VolumeFacts) -> JSONValue {
        let volume = facts.volume
        var members: [String: JSONValue] = [
            "id": .string(volume.id.description),
            "name": .string(volume.requestName),
            "capacity": volume.capacity.map { .integer($0.bytes) } ?? .null,
            "usedBytes": .integer(facts.usedBytes),
            "entries": .integer(facts.entries),
            "dataPath": .string(volume.dataPath),
            "pool": facts.pool.map { .string($0) } ?? .null,
            "namespace": .string(facts.namespace),
            "isolation": .string(volume.properties.isolation.rawValue),
            "mode": .string("0" + String(volume.properties.mode, radix: 8)),
            "uid": .integer(Int64(volume.properties.uid)),
            "gid": .integer(Int64(volume.properties.gid)),
            "created": .string(facts.created),
            "users": .array(facts.users.map { .string($0) }),
            "nodes": .array(facts.attachments.map(value)),
            "snapshots": .array(facts.snapshots.map(value)),
            "volumeAttributes": .object(
                Dictionary(
                    uniqueKeysWithValues: PersistentVolumeStyle.context(volume, .volume, nil).map {
                        ($0.key, .string($0.value))
                    }
                )
            ),
            "abnormal": .bool(facts.details.condition.isAbnormal),
            "condition": .string(facts.details.condition.message),
        ]
        if let source = volume.source { members["source"] = .string(source.text) }
        if let path = facts.adoptedFrom { members["adoptedFrom"] = .string(path) }
        return .object(members)
    }

    private static func value(_ attachment: Attachment) -> JSONValue {
        .object([
            "node": .string(attachment.node),
            "credentials": .string(attachment.mode.rawValue),
            "readOnly": .bool(attachment.readOnly),
            "user": attachment.user.map { .string($0) } ?? .null,
        ])
    }

    private static func value(_ snapshot: Snapshot) -> JSONValue {
        .object([
            "id": .string(snapshot.id.description),
            "name": .string(snapshot.requestName),
            "size": .integer(snapshot.size),
            "createdSeconds": .integer(snapshot.createdSeconds),
        ])
    }

    /// What is another's to choose, on one line.
    static func plain(_ text: String) -> String {
        let scalars = text.unicodeScalars.map { $0.properties.generalCategory == .control ? "?" : $0 }
        return String(String.UnicodeScalarView(scalars))
    }
}

extension Array {
    fileprivate func appending(_ others: [Element]) -> [Element] { self + others }
}
