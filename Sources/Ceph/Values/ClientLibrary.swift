import CCeph
import CephCommon
import Cryptography

/// Which client library of Ceph this process runs with, and what that can do.
public struct ClientLibrary: Sendable, Hashable {
    /// Its release; nil when it does not say.
    public let release: CephRelease?
    /// The kinds of key that it can decode. One that it can't it prints, and then it fails.
    public let keyKinds: Set<CephxKey.Kind>

    /// Joins the parts.
    public init(release: CephRelease?, keyKinds: Set<CephxKey.Kind>) {
        self.release = release
        self.keyKinds = keyKinds
    }

    /// The one that is installed, loaded if it is not yet.
    ///
    /// - Throws: ``CephError`` with ELIBACC.
    public static func installed() throws -> ClientLibrary {
        try CephError.requireCephFS()
        let keyKinds: Set<CephxKey.Kind> = ccephfs_knows_aes256_keys() != 0 ? [.aes, .aes256k] : [.aes]
        return ClientLibrary(release: CephRelease(String(cString: ccephfs_release())), keyKinds: keyKinds)
    }

    /// Whether it can decode cephx keys of AES-256.
    public var knowsAES256Keys: Bool { keyKinds.contains(.aes256k) }

    /// Whether it knows directories that fold or normalise names.
    public var knowsCharmaps: Bool { release?.knowsCharmaps ?? false }

    /// For messages: `libcephfs 16.2.15`.
    public var name: String { "libcephfs " + (release.map { "\($0)" } ?? "of an unknown release") }
}
