/// Whose cephx key a node mounts a volume with: the StorageClass parameter `credentials`.
public enum CredentialsMode: String, Sendable, Hashable, CaseIterable {
    /// A user for each volume, handed to each node that the volume is published to, sealed to the node's own key.
    case volume
    /// A user for each volume and node. Unpublishing removes it and ends its sessions: a fence.
    case node
    /// The user of the node-stage secret, the same one for every volume of its caps. Needs no attaching.
    case shared
}
