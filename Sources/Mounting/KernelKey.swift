import CLinux
import Volumes

/// A cephx key where the kernel's client looks for it: in the keyring of the calling thread alone.
///
/// The client copies it while it mounts (net/ceph/ceph_common.c, get_secret), so it is taken out again right after,
/// whatever became of the mount. /proc/mounts shows `secret=<hidden>`, /proc/keys names only.
enum KernelKey {
    /// Runs `body`, which mounts, with the key of `credentials` in the thread's keyring.
    ///
    /// - Throws: ``VolumeError/unauthenticated(_:)`` for a malformed key, ``VolumeError/preconditionFailed(_:)`` where
    ///   the container may not use keyrings, and what `body` throws.
    static func with<Result>(_ credentials: CephCredentials, _ body: () throws -> Result) throws -> Result {
        guard let key = credentials.key.withExposed(payload) else {
            throw VolumeError.unauthenticated(
                "the key of client.\(credentials.user) is malformed: it must be the base64 text that "
                    + "`ceph auth get-key` prints"
            )
        }
        let name = KernelDevice.keyName(of: credentials.user)
        let serial = linux_add_thread_key("ceph", name, key, key.count)
        guard serial >= 0 else {
            throw VolumeError.preconditionFailed(
                "\(SystemCallError("add_key", on: name)): the node plugin's container must be allowed to use the "
                    + "kernel's keyrings (run it privileged, or allow add_key and keyctl in its seccomp profile)"
            )
        }
        defer {
            // Revoked first, in case somebody has looked it up and still holds it.
            _ = linux_revoke_key(serial)
            _ = linux_unlink_thread_key(serial)
        }
        return try body()
    }

    /// The bytes that the base64 text stands for; nil when it is no key.
    private static func payload(_ text: String) -> [UInt8]? {
        guard CephxKey.isWellFormed(text) else { return nil }
        // The two alphabets differ in two characters, and the other one has no padding.
        let translated = text.compactMap { character -> Character? in
            switch character {
            case "+": "-"
            case "/": "_"
            case "=": nil
            default: character
            }
        }
        return Base64URL.decode(String(translated))
    }
}
