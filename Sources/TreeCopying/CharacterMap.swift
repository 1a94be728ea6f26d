import Ceph
import Glibc
import JSON
import Volumes

/// How a directory treats the names in it (Ceph 20): whether upper and lower case are the same, and how characters are
/// normalised. What is made in a directory inherits it; it is set, by an attribute for each part, while the directory is
/// empty.
///
/// Libraries before 20 don't know it. They can read the attribute, but show the names as the MDS keeps them, folded, and
/// can make nothing in such a directory.
public enum CharacterMap {
    /// All parts as JSON: `{"casesensitive":false,"normalization":"nfd","encoding":"utf8"}`. ENODATA without one, and
    /// from older metadata servers.
    public static let attribute = "ceph.dir.charmap"

    private static let name = Array(attribute.utf8)

    /// How long the monitors may take to tell the releases. A copy needs nothing else of them.
    private static let patience = Duration.seconds(1)

    /// Whether a directory of the cluster may have one: only metadata servers since 20 know them, so that nothing need be
    /// asked of others for each directory. Also when the monitors do not say, or not soon.
    static func mayOccur(on connections: CephConnections, _ settings: CephSettings) async -> Bool {
        await withTaskGroup(of: Bool.self) { group in
            group.addTask {
                let servers = try? await connections.runMonitors(settings, "asking for releases") { rados in
                    try rados.releases().metadataServers
                }
                guard let servers, !servers.isEmpty else { return true }
                return servers.contains(where: \.knowsCharmaps)
            }
            group.addTask {
                try? await Task.sleep(for: patience)
                return true
            }
            defer { group.cancelAll() }
            return await group.next() ?? true
        }
    }

    /// Refuses what this process's client library would read and copy under other names.
    ///
    /// - Parameters:
    ///   - what: the beginning of the sentence.
    /// - Throws: ``VolumeError/preconditionFailed(_:)``
    public static func refuseUnknown(_ what: String, library: ClientLibrary) throws {
        guard !library.knowsCharmaps else { return }
        throw VolumeError.preconditionFailed(
            "\(what) folds or normalises the names in it (\(attribute)), and \(library.name) takes the folded names for the "
                + "files' own: copies would have other names. Run an image with the client of Ceph 20"
        )
    }

    /// Has the copy of a directory treat names as the directory does.
    ///
    /// - Parameter inherits: whether the copy lies in a directory that may have one itself.
    /// - Returns: whether the directory has one.
    /// - Throws: ``VolumeError/preconditionFailed(_:)`` when the library does not know them; ``CephError``.
    static func keep(of source: CephNode, on target: CephNode, inherits: Bool) throws -> Bool {
        let wanted = try source.attribute(name)
        guard wanted != nil || inherits else { return false }
        if wanted != nil {
            try refuseUnknown(source.mount.absolute(source.path), library: .installed())
        }
        guard try target.attribute(name) != wanted else { return wanted != nil }
        guard let wanted else {
            try target.removeAttribute(name)
            return false
        }
        guard case .object(let parts) = try JSONValue(parsing: String(decoding: wanted, as: UTF8.self)) else {
            throw different(source, target)
        }
        for (part, value) in parts.sorted(by: { $0.key < $1.key }) {
            let text: String
            switch value {
            case .bool(let isSet): text = isSet ? "1" : "0"
            case .string(let word): text = word
            default: throw different(source, target)
            }
            guard !text.isEmpty else { continue }
            try target.setAttribute(Array("ceph.dir.\(part)".utf8), to: Array(text.utf8))
        }
        guard try target.attribute(name) == wanted else { throw different(source, target) }
        return true
    }

    private static func different(_ source: CephNode, _ target: CephNode) -> CephError {
        CephError(
            call: "ceph_ll_setxattr",
            code: EOPNOTSUPP,
            path: target.mount.absolute(target.path),
            detail: "\(attribute) can't be made as that of \(source.mount.absolute(source.path))"
        )
    }
}
