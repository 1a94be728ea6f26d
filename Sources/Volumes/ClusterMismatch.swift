/// What to say when the configuration's monitors are another cluster's than its `fsid` says.
public enum ClusterMismatch {
    /// - Parameters:
    ///   - cluster: the entry of the configuration.
    ///   - found: the id of the cluster that answers.
    public static func text(_ cluster: Cluster, _ found: String) -> String {
        "the monitors of cluster \(cluster.id.debugDescription) are those of cluster \(found), and the configuration's fsid is "
            + "\(cluster.fsid ?? "none"): correct one of them"
    }
}
