/// What can go wrong with a volume, in the field's terms: a closed set that the edge turns into status codes in one table.
///
/// Every message is a sentence that an operator can act on, and never contains a secret.
public enum VolumeError: Error, Sendable, Hashable {
    /// The volume, snapshot or path does not exist.
    case notFound(String)
    /// Something of that name exists and differs; `conflict` says in what.
    case alreadyExists(conflict: String)
    /// Another operation on the same volume is under way; `step` names it and how long it has run.
    case inProgress(step: String)
    /// A token of a list that this plugin has not given, or not like this: the list must be begun anew.
    case unknownToken(String)
    /// A capacity that can't be given.
    case outOfRange(String)
    /// The pool or the root's quota is full.
    case capacityExhausted(String)
    /// The system is not in the state that the call needs; the message says what to change.
    case preconditionFailed(String)
    /// What lies on the file system is not what the plugin put there, and somebody who can write in the group may have
    /// planted it: nothing is done with it. A security event, which is logged as one.
    case tampered(String)
    /// The user authenticated but lacks a capability; `missing` names the cap.
    case permissionDenied(missing: String)
    /// The cephx user or key was not accepted.
    case unauthenticated(String)
    /// Ceph (or the mount) does not answer; retrying later may work.
    case unavailable(String)
    /// A field of the request is wrong; `fix` says what to put there.
    case invalid(field: String, fix: String)
    /// The plugin does not do this.
    case unsupported(String)
    /// What should not happen: an errno without a meaning here, with the call that returned it.
    case unexpected(String)
}
