/// A node that a volume is to be published to, and how.
public struct AdmissionRequest: Sendable, Hashable {
    /// The volume.
    public var volume: VolumeID
    /// The node's name, without its key.
    public var node: String
    /// The node's whole CSI id, for lists of the nodes that a volume is published to.
    public var nodeID: String
    /// Whose user the node gets.
    public var mode: CredentialsMode
    /// Whether the user may only read.
    public var readOnly: Bool
    /// Whether the access mode allows one node at a time.
    public var singleNode: Bool

    /// Joins the parts.
    public init(
        volume: VolumeID,
        node: String,
        nodeID: String? = nil,
        mode: CredentialsMode,
        readOnly: Bool,
        singleNode: Bool = false
    ) {
        self.volume = volume
        self.node = node
        self.nodeID = nodeID ?? node
        self.mode = mode
        self.readOnly = readOnly
        self.singleNode = singleNode
    }
}

/// A volume's use by a node, as it is written down beside the volume from before the node gets a user until that user
/// is of no more use to it.
public struct Attachment: Sendable, Hashable {
    /// The node's name.
    public var node: String
    /// The node's CSI id when it was last published to.
    public var nodeID: String
    /// Whose user the node has.
    public var mode: CredentialsMode
    /// Whether that user may only read.
    public var readOnly: Bool
    /// Whether no other node may have the volume meanwhile.
    public var singleNode: Bool
    /// The user's id without `client.`; nil in the mode `shared`.
    public var user: String?

    /// Joins the parts.
    public init(
        node: String,
        nodeID: String? = nil,
        mode: CredentialsMode,
        readOnly: Bool,
        singleNode: Bool = false,
        user: String?
    ) {
        self.node = node
        self.nodeID = nodeID ?? node
        self.mode = mode
        self.readOnly = readOnly
        self.singleNode = singleNode
        self.user = user
    }
}

/// Mints and removes the cephx users that nodes mount volumes with. Implemented on librados by `CephVolumes`.
///
/// Calls for one volume are serialised with those of ``VolumeProvisioner``; cancellation is as there. `provisioner` is
/// the user of the request's secrets, never an administrator.
public protocol CredentialIssuer: Sendable {
    /// Writes down that the node uses the volume, and returns the user that it mounts with; nil in the mode `shared`.
    /// The same request again returns the same user.
    ///
    /// - Parameter fencer: whoever ends the sessions at ``dismiss(_:node:as:fencer:)``; the mode `node` needs it, and
    ///   it is better to know before the volume is in use.
    /// - Throws: ``VolumeError/notFound(_:)`` when there is no such volume, ``VolumeError/alreadyExists(conflict:)``
    ///   when the node has it in another way, ``VolumeError/preconditionFailed(_:)`` when another node has it and one of
    ///   the two needs it alone, ``VolumeError/permissionDenied(missing:)``.
    func admit(
        _ request: AdmissionRequest,
        as provisioner: CephCredentials,
        fencer: CephCredentials?
    ) async throws -> CephCredentials?

    /// Ends the use of the volume by the node of that CSI id or name (every node's when nil): strikes it off, removes
    /// users that nobody needs any more, and in the mode `node` ends the sessions that still have the volume mounted with
    /// it. A volume or an attachment that is not there is a success.
    ///
    /// - Parameter provisioner: nil for a call without secrets: then it is the cluster's standing user.
    /// - Throws: ``VolumeError/preconditionFailed(_:)`` when a fence is needed and `fencer` is nil, and at first when the node
    ///   has the volume by another key (`credentials: node`); ``VolumeError/tampered(_:)`` when what is written down can't be
    ///   true, after the use was ended.
    func dismiss(_ volume: VolumeID, node: String?, as provisioner: CephCredentials?, fencer: CephCredentials?)
        async throws

    /// Where the content of a shallow volume is; nil for any other volume.
    ///
    /// - Throws: ``VolumeError/preconditionFailed(_:)`` when the snapshot or what it is of is gone.
    func shallowSource(of volume: VolumeID, as provisioner: CephCredentials) async throws -> ShallowSource?

    /// The nodes that the volume is published to; none when there is no such volume.
    func attachments(of volume: VolumeID, as provisioner: CephCredentials) async throws -> [Attachment]

    /// Gives the volume new users: nodes published to from now on get those, the old ones go with the last node that
    /// has them. Mounts are not disturbed.
    ///
    /// - Parameter revoking: removes the old users at once and, with `fencer`, ends their sessions.
    /// - Returns: the ids of users that are removed, or will be when their nodes let go.
    /// - Throws: ``VolumeError/notFound(_:)`` when there is no such volume.
    @discardableResult
    func rotate(_ volume: VolumeID, revoking: Bool, as provisioner: CephCredentials, fencer: CephCredentials?)
        async throws -> [String]
}
