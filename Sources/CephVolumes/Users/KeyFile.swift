import Cryptography
import System
import Volumes

/// A file with a Ceph user's bare key.
public enum KeyFile {
    /// Far more than a key and a line's end.
    private static let limit = 4096

    /// The user with the key in the file at `path`. Blocks.
    ///
    /// - Throws: `SmallFile.Refusal`, and ``VolumeError/invalid(field:fix:)`` when it holds no key; neither shows what
    ///   it holds.
    public static func credentials(user: String, path: String) throws -> CephCredentials {
        let bytes = try SmallFile.read(path, limit: limit).bytes
        let key = CephxKey.withoutLineEnd(String(decoding: bytes, as: UTF8.self))
        if let mistake = CephxKey.mistake(in: key) { throw VolumeError.invalid(field: path, fix: mistake) }
        return CephCredentials(user: user, key: Secret(key))
    }
}
