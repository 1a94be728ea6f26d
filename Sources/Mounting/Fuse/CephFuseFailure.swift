import Bytes
import CephCommon
import Cryptography
import Glibc
import Volumes

/// Why a ceph-fuse did not come up.
///
/// It exits with 1 whatever the cause (33 when libfuse refused its options; seen with 16.2), and a malformed key even
/// makes it hang after the message. The cause is only in its output: `ceph mount failed with (13) Permission denied`.
/// The number in parentheses is the errno that the client library returned, and that number alone decides here; the
/// words, which change between releases, do not.
struct CephFuseFailure: Sendable, Hashable {
    /// The errno that it names; nil when it names none.
    let errno: Int32?
    /// The exit code; nil when it still runs or a signal ended it.
    let exitCode: Int32?
    /// What it said, for people; free of the key.
    let words: String

    /// What libfuse's refusal of the mount options ends in.
    private static let optionsRefused: Int32 = 33
    /// CEPH_FUSE_NO_MDS_UP of Ceph's common headers, negated.
    private static let noActiveMDS: Int32 = 4

    init(output: String, status: Int32?, key: Secret) {
        errno = Self.errno(in: output)
        // WIFEXITED and WEXITSTATUS, wait(2).
        exitCode = status.flatMap { $0 & 0x7F == 0 ? ($0 >> 8) & 0xFF : nil }
        let lines = output.split(byte: "\n").filter { line in
            // A line with the key is no loss; what begins a healthy start explains nothing.
            key.withExposed { $0.isEmpty || !Self.contains(line, $0) } && !Self.contains(line, "]: starting ")
                && !Self.contains(line, "init, newargv")
        }
        words = String(lines.suffix(3).joined(separator: "; ").prefix(400))
    }

    /// The number of the first `failed with (N)`.
    static func errno(in output: String) -> Int32? {
        let marker = "failed with ("
        var rest = output[...]
        while !rest.isEmpty {
            if rest.begins(with: marker) {
                let digits = rest.dropFirst(marker.count).prefix { $0.isNumber }
                // Output that ends with a digit may go on with more.
                if rest[digits.endIndex...].first == ")" { return Int32(digits) }
            }
            rest = rest.dropFirst()
        }
        return nil
    }

    private static func contains(_ text: Substring, _ part: String) -> Bool {
        text.indices.contains { text[$0...].begins(with: part) }
    }

    /// The failure in the field's terms.
    ///
    /// - Parameter release: asks the program for its own; only where that matters.
    func volumeError(for request: StageRequest, release: () -> CephRelease? = { nil }) -> VolumeError {
        let user = "client.\(request.credentials.user)"
        let place = "\(request.path.debugDescription) on file system \(request.filesystem.debugDescription)"
        switch errno {
        case EPERM:
            return .permissionDenied(
                missing: "\(user) may not mount \(place): it needs the mds cap "
                    + "`allow rw fsname=\(request.filesystem) path=\(request.path)` (or a parent of the path)"
            )
        case ENOENT:
            return .notFound("\(place) does not exist on cluster \(request.cluster.id.debugDescription)")
        case ENOTDIR:
            return .notADirectory(request)
        case EACCES:
            return .unauthenticated(
                "cluster \(request.cluster.id.debugDescription) does not accept \(user) with this key"
            )
        case ETIMEDOUT, EHOSTUNREACH, ECONNREFUSED, ENETUNREACH, ENOTCONN, ESHUTDOWN, Self.noActiveMDS:
            return .unavailable(
                "cluster \(request.cluster.id.debugDescription) did not answer ceph-fuse in time (monitors "
                    + "\(request.cluster.monitors.joined(separator: ", "))): \(words)"
            )
        case EINVAL where CephxKey.kind(of: request.credentials.key) == .aes256k:
            // What releases say that can't decode such a key. Those that can may have other reasons.
            let release = release()
            guard let release, release.knowsAES256Keys else { return keyUnknown(user, release) }
            return malformed(user)
        case EINVAL:
            return malformed(user)
        default: break
        }
        if exitCode == Self.optionsRefused {
            return .invalid(
                field: "volume_capability.mount.mount_flags",
                fix: "ceph-fuse refuses the options: \(words)"
            )
        }
        let end = exitCode.map { "with code \($0)" } ?? "early"
        return .unexpected("ceph-fuse ended \(end): \(words.isEmpty ? "it said nothing" : words)")
    }

    private func malformed(_ user: String) -> VolumeError {
        .invalid(field: "secrets", fix: "the key of \(user) or a mount option is malformed: \(words)")
    }

    private func keyUnknown(_ user: String, _ release: CephRelease?) -> VolumeError {
        let program = "ceph-fuse" + (release.map { " (\($0))" } ?? "")
        return .preconditionFailed(
            "\(user) has an AES-256 key (its text begins with Ag), and this node's \(program) can't use such keys: ceph-fuse "
                + "20 can. Either have ceph-fuse 20 in the node plugin's image, or set `mounter: kernel` in the cluster's "
                + "entry and have Linux 7.0 on the node, or, where the cluster accepts AES keys, have it make those and "
                + "give the volume new users (docs/caps.md#key-types)"
        )
    }
}
