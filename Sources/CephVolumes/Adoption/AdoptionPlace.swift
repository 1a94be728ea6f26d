import Bytes
import Volumes

/// Where a directory that is to be adopted lies below the root. Judges the path alone.
struct AdoptionPlace: Sendable, Hashable {
    /// The names below the root, at least one.
    let parts: [String]

    /// The path from the root, as ``CephFSMount`` takes it.
    var path: String { "/" + parts.joined(separator: "/") }
    /// The directory's own name.
    var name: String { parts.last ?? "" }
    /// The directories above it, from the root's child on.
    var ancestors: [String] { (1..<parts.count).map { "/" + parts.prefix($0).joined(separator: "/") } }
    /// The directory above it or itself where volumes and subvolumes lie; nil for a child of the root.
    var volumePlace: String? { parts.count < 2 ? nil : "/\(parts[0])/\(parts[1])" }

    /// - Parameter path: absolute, from the file system's root.
    /// - Throws: ``VolumeError/invalid(field:fix:)`` for a path that nothing can be adopted from.
    init(_ path: String, root: String) throws {
        guard AbsolutePath.isPlain(path) else {
            throw Self.invalid("must be an absolute path below \(root), without . and .. components")
        }
        guard let relative = AbsolutePath.relative(AbsolutePath.normalized(path), to: root) else {
            throw Self.invalid(
                "must be below the cluster's root \(root): the provisioner's caps are limited to it. Move the "
                    + "directory below it as an administrator first, or add an entry with a root above it to the "
                    + "configuration"
            )
        }
        parts = relative.split(byte: "/").map(String.init)
        guard let first = parts.first else {
            throw Self.invalid("is the cluster's root itself: name a directory in it")
        }
        guard !parts.contains(".snap") else {
            throw Self.invalid(
                "lies in a snapshot, and nothing can be moved out of a snapshot: copy it into a new volume"
            )
        }
        guard !first.begins(with: "_") else {
            throw Self.invalid("lies in \(first), which belongs to Ceph or to the plugin: name a directory outside it")
        }
    }

    /// A root that the configuration names, and where it is.
    struct Root {
        let monitors: Set<String>
        let path: String

        init(_ cluster: Cluster) {
            monitors = Set(cluster.monitors)
            path = AbsolutePath.normalized(cluster.root)
        }
    }

    /// Whether another root, as far as can be told on the same Ceph cluster, is the directory or lies in it.
    func contains(_ other: Root, of own: Root) -> Bool {
        let path = own.path + self.path
        guard !other.monitors.isDisjoint(with: own.monitors) else { return false }
        return other.path.isSame(as: path) || other.path.begins(with: path + "/")
    }

    static func invalid(_ fix: String) -> VolumeError { .invalid(field: "--path", fix: fix) }
}
