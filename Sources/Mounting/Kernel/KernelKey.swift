import CLinux
import Cryptography
import Glibc
import System
import Volumes

/// A cephx key where the kernel's client looks for it: in the keyring of the calling thread alone.
///
/// The client copies it while it mounts (net/ceph/ceph_common.c, get_secret), so it is taken out again right after,
/// whatever became of the mount. /proc/mounts shows `secret=<hidden>`, /proc/keys names only.
enum KernelKey {
    /// Runs `body`, which mounts, with the key of `credentials` in the thread's keyring.
    ///
    /// - Throws: ``VolumeError/unauthenticated(_:)`` for a malformed key, ``VolumeError/preconditionFailed(_:)`` where
    ///   the kernel can't use keys of its kind or the container may not use keyrings, and what `body` throws.
    static func with<Result>(_ credentials: CephCredentials, _ body: () throws -> Result) throws -> Result {
        guard let key = credentials.key.withExposed(CephxKey.bytes) else {
            throw VolumeError.unauthenticated(
                "the key of client.\(credentials.user) is malformed: it must be the base64 text that "
                    + "`ceph auth get-key` prints"
            )
        }
        let name = KernelDevice.keyName(of: credentials.user)
        let serial = linux_add_thread_key("ceph", name, key, key.count)
        guard serial >= 0 else {
            let error = SystemCallError("add_key", on: name)
            throw refusal(error, kind: CephxKey.kind(of: credentials.key), kernel: .current)
        }
        defer {
            // Revoked first, in case somebody has looked it up and still holds it.
            _ = linux_revoke_key(serial)
            _ = linux_unlink_thread_key(serial)
        }
        return try body()
    }

    /// What a refusal of add_key(2) means. A kernel that does not know a key's kind says EINVAL (ceph_crypto_key_decode
    /// of net/ceph/crypto.c; seen with 6.1 and 6.12).
    static func refusal(_ error: SystemCallError, kind: CephxKey.Kind?, kernel: KernelVersion) -> VolumeError {
        switch error.errno {
        case EINVAL where kind == .aes256k && kernel < .keysOfAES256:
            .preconditionFailed(
                "\(error.subject) has an AES-256 key (its text begins with Ag), and this node's kernel, Linux \(kernel), "
                    + "can't use such keys: Linux \(KernelVersion.keysOfAES256) can. Either update the node's kernel, or "
                    + "set `mounter: fuse` in the cluster's entry and have ceph-fuse 20 on the node, or, where the cluster "
                    + "accepts AES keys, have it make those and give the volume new users (docs/caps.md#key-types)"
            )
        case EPERM, EACCES, ENOSYS:
            .preconditionFailed(
                "\(error): the node plugin's container must be allowed to use the kernel's keyrings (run it privileged, "
                    + "or allow add_key and keyctl in its seccomp profile)"
            )
        case ENODEV:
            .preconditionFailed("\(error): \(KernelMounter.missing)")
        case EDQUOT, ENOMEM:
            .unavailable("\(error): this node's root has too many keys (/proc/key-users, kernel.keys.root_maxkeys)")
        default:
            .unexpected("\(error): Linux \(kernel) does not take the key")
        }
    }
}
