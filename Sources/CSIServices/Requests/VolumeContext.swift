import Bytes
import Volumes

/// The keys of `volume_context`, which CreateVolume returns, the CO stores, and the node reads (docs/parameters.md).
public enum VolumeContext {
    static let cluster = "cluster"
    static let filesystem = "filesystem"
    static let path = "path"
    static let mounter = "mounter"
    /// Options of mounts by the kernel's client, joined by commas.
    static let kernelMountOptions = "kernelMountOptions"
    /// Options of mounts by ceph-fuse, joined by commas.
    static let fuseMountOptions = "fuseMountOptions"
    /// Whose user nodes mount with (``CredentialsMode``); absent: shared, as static volumes and those made before there
    /// was a choice.
    static let credentials = "credentials"
    /// `"true"` marks a shallow volume: it has no path of its own, and where its content is
    /// ControllerPublishVolume says (``PublishContext/path``).
    static let backingSnapshot = "backingSnapshot"
    /// `"true"` marks a static volume: an existing directory that the plugin only mounts.
    public static let isStatic = "static"

    /// The kubelet's mark of a volume that is written into a pod and was never made or staged (kubernetes-csi docs,
    /// "Ephemeral Local Volumes"). It says `false` for all others, where the CSIDriver has `podInfoOnMount`.
    private static let inline = "csi.storage.k8s.io/ephemeral"

    /// Refuses inline volumes by name: that they are not staged is the least of what is missing.
    static func refuseInline(_ context: [String: String]) throws {
        guard context[inline] == "true" else { return }
        throw VolumeError.invalid(
            field: "volume_context[\(inline)]",
            fix: "inline volumes are not supported; use a generic ephemeral volume (`ephemeral` in the pod, not `csi`)"
        )
    }

    /// What CreateVolume returns for a volume.
    ///
    /// - Parameters:
    ///   - mounter: the StorageClass's; nil when it names none.
    ///   - mode: the StorageClass's `credentials`.
    ///   - kernelOptions: the StorageClass's `kernelMountOptions`.
    ///   - fuseOptions: the StorageClass's `fuseMountOptions`.
    public static func make(
        _ volume: Volume,
        mounter: Cluster.Mounter?,
        credentials mode: CredentialsMode,
        kernelOptions: [String] = [],
        fuseOptions: [String] = []
    ) -> [String: String] {
        var context = [
            cluster: volume.id.cluster,
            filesystem: volume.id.filesystem,
            credentials: mode.rawValue,
        ]
        if volume.isShallow { context[backingSnapshot] = "true" } else { context[path] = volume.dataPath }
        context[Self.mounter] = mounter?.rawValue
        if !kernelOptions.isEmpty { context[kernelMountOptions] = kernelOptions.joined(separator: ",") }
        if !fuseOptions.isEmpty { context[fuseMountOptions] = fuseOptions.joined(separator: ",") }
        return context
    }
}

/// Where a volume's data lies, worked out from a volume id and its context; never `/`.
struct VolumeLocation: Sendable, Hashable {
    var cluster: Cluster
    var filesystem: String
    var path: String
    var mounter: Cluster.Mounter
    var credentials: CredentialsMode
    /// Of mounts by the kernel's client.
    var kernelOptions: [String]
    /// Of mounts by ceph-fuse.
    var fuseOptions: [String]
    /// Of a shallow volume: its name in the path's `.snap`.
    var snapshot: String?

    /// The location of any volume, for a node.
    ///
    /// - Parameter publishContext: says where the content is of a shallow volume.
    ///
    /// - Throws: ``VolumeError/notFound(_:)`` for an id that this plugin can't have issued, unless the context marks a
    ///   static volume.
    init(
        volumeID: String,
        context: [String: String],
        publishContext: [String: String],
        clusters: any ClusterDirectory
    ) throws {
        try RequestRules.bounded(context, "volume_context")
        if let location = try VolumeLocation(staticContext: context, clusters: clusters) {
            self = location
            return
        }
        guard let id = VolumeID(volumeID) else {
            throw VolumeError.notFound(
                "volume_id: no such volume: \(DisplayText.quotable(volumeID)); "
                    + "a static volume needs volume_context[static]=true"
            )
        }
        guard let cluster = clusters.cluster(id.cluster) else {
            throw VolumeError.preconditionFailed(
                "volume_id: this node's configuration has no cluster \(id.cluster); add it"
            )
        }
        if context[VolumeContext.backingSnapshot] == "true" {
            let source = try PublishContext.shallowSource(publishContext, below: cluster.root)
            try self.init(cluster: cluster, filesystem: id.filesystem, path: source.path, context: context)
            snapshot = source.snapshot
            guard credentials != .shared else {
                throw VolumeError.invalid(
                    field: "volume_context[credentials]",
                    fix: "must be volume or node for a shallow volume"
                )
            }
            return
        }
        let path = try Self.path(context[VolumeContext.path], "volume_context[path]")
        // The context is stored where others may write; the id decides which directory a node may be told to mount.
        let base = "\(cluster.root)/\(id.group)/\(id.volume)/"
        guard let data = path.removing(prefix: base), FileName.isSafe(String(data)) else {
            throw VolumeError.invalid(
                field: "volume_context[path]",
                fix: "must be the volume's data directory in \(base)"
            )
        }
        try self.init(cluster: cluster, filesystem: id.filesystem, path: path, context: context)
    }

    /// The location of a static volume; nil when the context marks none.
    init?(staticContext context: [String: String], clusters: any ClusterDirectory) throws {
        guard let mark = context[VolumeContext.isStatic], mark != "false" else { return nil }
        guard mark == "true" else {
            throw VolumeError.invalid(field: "volume_context[static]", fix: "must be true or false")
        }
        try StaticVolumes.checkKeys(context)
        let cluster = try clusters.resolve(context[VolumeContext.cluster], field: "volume_context[cluster]")
        let filesystem = context[VolumeContext.filesystem] ?? cluster.filesystem
        guard FileName.isSafe(filesystem) else {
            throw VolumeError.invalid(
                field: "volume_context[filesystem]",
                fix: "must be the name of a CephFS file system"
            )
        }
        try self.init(
            cluster: cluster,
            filesystem: filesystem,
            path: Self.path(context[VolumeContext.path], "volume_context[path]"),
            context: context
        )
        guard credentials == .shared else {
            throw VolumeError.invalid(
                field: "volume_context[credentials]",
                fix: "must be shared or absent for a static volume: the plugin creates users only for its own volumes"
            )
        }
    }

    private init(cluster: Cluster, filesystem: String, path: String, context: [String: String]) throws {
        self.cluster = cluster
        self.filesystem = filesystem
        self.path = path
        mounter = cluster.mounter
        if let text = context[VolumeContext.mounter] {
            guard let kind = Cluster.Mounter(rawValue: text) else {
                throw VolumeError.invalid(field: "volume_context[mounter]", fix: "must be kernel, fuse or auto")
            }
            mounter = kind
        }
        credentials = try CredentialsMode(volumeContext: context)
        kernelOptions = try Self.options(context, VolumeContext.kernelMountOptions)
        fuseOptions = try Self.options(context, VolumeContext.fuseMountOptions)
    }

    private static func options(_ context: [String: String], _ key: String) throws -> [String] {
        try ClientMountOptions.list(context[key] ?? "", field: "volume_context[\(key)]")
    }

    /// An absolute path on a file system, from a context.
    static func path(_ path: String?, _ field: String) throws -> String {
        guard let path, !path.isEmpty else {
            throw VolumeError.invalid(field: field, fix: "missing: the directory to mount")
        }
        let parts = path.split(byte: "/", omittingEmptySubsequences: false).dropFirst()
        let isPlain = parts.allSatisfy { !$0.isEmpty && $0 != "." && $0 != ".." }
        guard path.begins(with: "/"), isPlain, path.utf8.count <= RequestRules.maximumPath,
            !path.unicodeScalars.contains(where: DisplayText.isControl)
        else {
            throw VolumeError.invalid(
                field: field,
                fix: "must be an absolute path below /, without a slash at its end, doubled slashes, . or .."
            )
        }
        return path
    }
}

extension CredentialsMode {
    /// Whose user a volume's context asks for.
    init(volumeContext context: [String: String]) throws {
        guard let text = context[VolumeContext.credentials] else {
            self = .shared
            return
        }
        guard let mode = CredentialsMode(rawValue: text) else {
            throw VolumeError.invalid(field: "volume_context[credentials]", fix: "must be volume, node or shared")
        }
        self = mode
    }
}

extension ClusterDirectory {
    /// The cluster that a request names, or the only one when it names none.
    func resolve(_ id: String?, field: String) throws -> Cluster {
        guard let id else { return try only(of: clusterIDs.compactMap(cluster), field: field) }
        guard let cluster = cluster(id) else {
            throw VolumeError.invalid(
                field: field,
                fix: "no cluster \(DisplayText.quotable(id).debugDescription) in the configuration; it has "
                    + clusterIDs.joined(separator: ", ")
            )
        }
        return cluster
    }

    /// The cluster that a request means which does not name one.
    ///
    /// - Parameter candidates: those that it can mean.
    func only(of candidates: [Cluster], field: String) throws -> Cluster {
        guard candidates.count == 1 else {
            throw VolumeError.invalid(
                field: field,
                fix: "required: the configuration defines several clusters; set it to one of "
                    + candidates.map(\.id).joined(separator: ", ")
            )
        }
        return candidates[0]
    }
}
