import Bytes
import Synchronization
import Volumes

/// Which nodes static volumes are published to, as this process was told since it started.
///
/// ListVolumes has to name them: csi-attacher compares the list with its VolumeAttachments once a minute (`ReconcileVA`
/// in its csi_handler.go), and attaches again whatever the list does not confirm. Nothing is written down on Ceph: a
/// static volume's secret is the node's, and no user is made or removed for it. After a restart the attacher asks for
/// each once more, and the process knows it again.
public final class StaticAttachments: Sendable {
    /// A static volume that is published.
    struct Entry: Sendable, Hashable {
        /// The CO's id for it, any text.
        let handle: String
        /// The `volume_context` that it was published with.
        let context: [String: String]
        /// CSI ids of the nodes, sorted.
        let nodes: [String]
    }

    private struct Known {
        var context: [String: String]
        /// CSI id by name: a node that was set up anew has another id.
        var nodes: [String: String]
    }

    /// Volumes that are remembered at most; the attacher asks again for what is beyond.
    private let limit: Int
    private let known = Mutex<[ByteText: Known]>([:])

    /// None yet.
    public convenience init() { self.init(limit: 10_000) }

    init(limit: Int) {
        self.limit = limit
    }

    func published(_ handle: String, to node: NodeIdentity, context: [String: String]) {
        let handle = ByteText(handle)
        known.withLock { known in
            guard known[handle] != nil || known.count < limit else { return }
            known[handle, default: Known(context: context, nodes: [:])].nodes[node.name] = node.description
            known[handle]?.context = context
        }
    }

    /// - Parameter node: the node's name; nil for all nodes.
    /// - Returns: whether the volume was known.
    @discardableResult
    func unpublished(_ handle: String, from node: String?) -> Bool {
        let handle = ByteText(handle)
        return known.withLock { known in
            guard known[handle] != nil else { return false }
            if let node { known[handle]?.nodes[node] = nil }
            if node == nil || known[handle]?.nodes.isEmpty == true { known[handle] = nil }
            return true
        }
    }

    func entry(_ handle: String) -> Entry? {
        known.withLock { known in known[ByteText(handle)].map { Self.entry(handle, $0) } }
    }

    /// Entries in the order of their handles.
    ///
    /// - Parameters:
    ///   - last: the handle behind which to begin; nil for all.
    ///   - limit: how many at most.
    /// - Returns: the entries, and whether there are more.
    func entries(after last: String?, limit: Int) -> (entries: [Entry], hasMore: Bool) {
        let last = last.map { ByteText($0) }
        let handles = known.withLock { known in
            known.keys.filter { handle in last.map { handle > $0 } ?? true }.sorted()
        }
        return (handles.prefix(limit).compactMap { entry($0.text) }, handles.count > limit)
    }

    private static func entry(_ handle: String, _ known: Known) -> Entry {
        Entry(handle: handle, context: known.context, nodes: known.nodes.values.sorted())
    }
}
