import Cryptography
import Volumes

/// Reads a cephx user out of a request's secrets.
enum RequestSecrets {
    /// The two names of each secret: ours (and ceph-csi's) for the provisioner, and for a node's shared user.
    private static let pairs = [(user: "adminID", key: "adminKey"), (user: "userID", key: "userKey")]

    /// The user of a controller call (`adminID` and `adminKey`; `userID` and `userKey` where those are absent).
    static func controller(_ secrets: [String: String]) throws -> CephCredentials {
        try credentials(secrets, preferring: pairs)
    }

    /// The user of a controller call that may bring none.
    static func optionalController(_ secrets: [String: String]) throws -> CephCredentials? {
        secrets.isEmpty ? nil : try controller(secrets)
    }

    /// The user that a node mounts with (`userID` and `userKey`; `adminID` and `adminKey` where those are absent).
    static func node(_ secrets: [String: String]) throws -> CephCredentials {
        try credentials(secrets, preferring: pairs.reversed())
    }

    /// The user that ends sessions (`fencerID` and `fencerKey`); nil when the secrets have none.
    static func fencer(_ secrets: [String: String]) throws -> CephCredentials? {
        guard secrets["fencerID"] != nil || secrets["fencerKey"] != nil else { return nil }
        return try credentials(secrets, preferring: [("fencerID", "fencerKey")])
    }

    private static func credentials(
        _ secrets: [String: String],
        preferring pairs: [(user: String, key: String)]
    ) throws -> CephCredentials {
        let present = pairs.first { secrets[$0.user] != nil || secrets[$0.key] != nil } ?? pairs[0]
        let user = try text(secrets, present.user, "the id of a Ceph user without the client. prefix")
        let key = try text(secrets, present.key, "that user's base64 key, as `ceph auth print-key` prints it")
        if let mistake = CephxKey.mistake(inUserID: user) { throw invalid(present.user, mistake) }
        if let mistake = CephxKey.mistake(in: key) { throw invalid(present.key, mistake) }
        return CephCredentials(user: user, key: Secret(key))
    }

    private static func text(_ secrets: [String: String], _ name: String, _ what: String) throws -> String {
        guard let value = secrets[name], !value.isEmpty else {
            throw invalid(name, "missing: add \(what) to the secret")
        }
        return CephxKey.withoutLineEnd(value)
    }

    private static func invalid(_ name: String, _ fix: String) -> VolumeError {
        .invalid(field: "secrets[\(name)]", fix: fix)
    }
}
