import Cryptography

/// A cephx user and its key, as a request's secrets bring them.
public struct CephCredentials: Sendable, Hashable {
    /// The user's id without the `client.` prefix.
    public let user: String
    /// The base64 cephx key.
    public let key: Secret

    /// Joins a user id (no `client.` prefix) and its key.
    public init(user: String, key: Secret) {
        self.user = user
        self.key = key
    }
}
