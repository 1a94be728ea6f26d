import Ceph
import JSON
import Volumes

/// What the plugin writes down about a volume: ``VolumeLayout/recordAttribute``.
///
/// The format has a version; members that a reader does not know it ignores, and a version that it does not know it
/// refuses.
struct VolumeRecord: Sendable, Hashable {
    static let version: Int64 = 1

    /// The CSI name.
    var requestName: String
    /// The group it was made in, for a volume found in the trash.
    var group: String
    /// The data directory's name.
    var data: String
    /// The capacity that it was last given; the quota is what holds.
    var capacity: Capacity?
    var properties: VolumeProperties
    /// What its first content was copied from.
    var source: ContentSource?
    /// Whether it shows its source, a snapshot, and has no data directory. Its users are called after ``data`` all the
    /// same.
    var isShallow = false
    /// When it was made, compact UTC.
    var created: String

    var text: String {
        var members: [String: JSONValue] = [
            "version": .integer(Self.version),
            "name": .string(requestName),
            "group": .string(group),
            "data": .string(data),
            "mode": .string("0" + String(properties.mode, radix: 8)),
            "uid": .integer(Int64(properties.uid)),
            "gid": .integer(Int64(properties.gid)),
            "isolation": .string(properties.isolation.rawValue),
            "created": .string(created),
        ]
        if let capacity { members["capacity"] = .integer(capacity.bytes) }
        if let pool = properties.dataPool { members["dataPool"] = .string(pool) }
        if let source { members["source"] = .string(source.text) }
        if isShallow { members["backed"] = .bool(true) }
        return JSONValue.object(members).text
    }

    /// The record `text` with another capacity; members that this plugin does not know stay.
    static func text(_ text: String, capacity: Capacity) throws -> String? {
        guard case .object(var members) = try JSONValue(parsing: text) else { return nil }
        members["capacity"] = .integer(capacity.bytes)
        return JSONValue.object(members).text
    }
}

extension VolumeRecord {
    /// Reads a record found at `path`.
    ///
    /// - Throws: ``VolumeError/preconditionFailed(_:)`` for a newer format, ``VolumeError/unexpected(_:)`` for text that
    ///   is none, ``VolumeError/tampered(_:)`` for one that leads out of the volume.
    init(text: String, path: String) throws {
        guard let json = try? JSONValue(parsing: text), let version = json["version"]?.integer else {
            throw Self.damaged(path)
        }
        guard version == Self.version else {
            throw VolumeError.preconditionFailed(
                "the volume at \(path) was created by a newer version of the plugin (record version \(version)): "
                    + "update the plugin"
            )
        }
        guard let name = json["name"]?.string,
            let group = json["group"]?.string,
            let data = json["data"]?.string,
            let mode = json["mode"]?.string.flatMap({ UInt16($0, radix: 8) }),
            let uid = json["uid"]?.integer.flatMap({ UInt32(exactly: $0) }),
            let gid = json["gid"]?.integer.flatMap({ UInt32(exactly: $0) }),
            let isolation = Self.isolation(json["isolation"])
        else { throw Self.damaged(path) }
        // The plugin never wrote such a one.
        guard Self.isDirectoryName(data) else {
            throw VolumeError.tampered(Self.notItsOwn(path, "it names the data directory \(data.debugDescription)"))
        }
        self.init(
            requestName: name,
            group: group,
            data: data,
            capacity: json["capacity"]?.integer.flatMap { Capacity(bytes: $0) },
            properties: VolumeProperties(
                mode: mode,
                uid: uid,
                gid: gid,
                dataPool: json["dataPool"]?.string,
                isolation: isolation
            ),
            source: json["source"]?.string.flatMap { ContentSource(text: $0) },
            isShallow: json["backed"] == .bool(true),
            created: json["created"]?.string ?? ""
        )
    }

    /// Records that do not say are older than namespaces: their volumes have none. Nil for a word that is not known.
    private static func isolation(_ value: JSONValue?) -> Isolation? {
        guard let value else { return .path }
        return value.string.flatMap(Isolation.init(rawValue:))
    }

    /// The name becomes part of paths.
    static func isDirectoryName(_ name: String) -> Bool {
        !name.isEmpty && name != "." && name != ".." && !name.utf8.contains { $0 == UInt8(ascii: "/") || $0 == 0 }
    }

    static func notItsOwn(_ path: String, _ what: String) -> String {
        "the record of \(path) does not match its place: \(what). Someone with write access to the group may have "
            + "forged it; nothing was changed. "
            + "Find out who did (\(VolumeLayout.recordAttribute) of that directory)"
    }

    private static func damaged(_ path: String) -> VolumeError {
        .unexpected("the attribute \(VolumeLayout.recordAttribute) of \(path) is not a volume's record")
    }
}
