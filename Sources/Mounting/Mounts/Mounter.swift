import System
import Volumes

/// A client of CephFS: what differs between ceph-fuse and the kernel's own.
///
/// A mounter brings a file system up where nobody sees it and hands it over as a detached mount; attaching it to the
/// CO's path, and everything about bind mounts, is common to all. All calls block and belong on a thread of the pool;
/// calls for one staging path never overlap.
protocol Mounter: Sendable {
    /// Why it can't mount at the moment; nil when it can. Never blocks.
    var impairment: String? { get }

    /// The options with which it mounts what `request` asks for.
    ///
    /// - Throws: ``VolumeError/invalid(field:fix:)`` for one that no request may have.
    func options(of request: StageRequest) throws(VolumeError) -> MountOptions

    /// How the mount table names what `request` asks for, the same in every life of the plugin.
    func identity(of request: StageRequest) -> MountIdentity

    /// Mounts what `request` asks for.
    ///
    /// Nothing is left behind by a call that fails. One that was killed is taken up or cleaned up by the next one for
    /// the same staging path.
    ///
    /// - Parameter stagingPath: the resolved staging path, the key of what the mounter keeps.
    /// - Returns: a detached mount for `move_mount`.
    /// - Throws: ``VolumeError``, or `CancellationError` once `stop` is raised.
    func mount(_ request: StageRequest, for stagingPath: String, stop: StopSignal) throws -> FileDescriptor

    /// Ends what keeps the file system of `stagingPath` up, after its last mount is off, and waits until all that was
    /// written is on the cluster. Nothing to end is a success.
    ///
    /// - Throws: ``VolumeError/unavailable(_:)`` when it takes too long; the next call goes on waiting.
    func finish(_ stagingPath: String, stop: StopSignal) throws

    /// Where the mounter itself, in this version or an earlier one, may keep the volume of `stagingPath` mounted, as the
    /// mount table names it: no target of the volume.
    func ownMountPoints(for stagingPath: String) throws -> [String]
}

/// What the mount table shows of a staged volume.
struct MountIdentity: Sendable, Hashable {
    /// The file system's type.
    var type: String
    /// The source; of a kernel mount only for messages, since the kernel's has the monitors in it or not.
    var source: String
    /// What to compare of a kernel mount; nil for what the source alone identifies.
    var kernel: KernelIdentity?

    /// Whether `entry` is a mount of it.
    func matches(_ entry: MountEntry) -> Bool {
        if let kernel { return kernel.matches(entry) }
        return entry.type == type && entry.source == source
    }
}

extension MountIdentity {
    /// `<user>@<cluster>.<file system>=<path>`, like the kernel client's device string, with the configuration's name
    /// of the cluster in the place of its fsid. Everything else than `A-Z a-z 0-9 . _ / -` is percent-encoded, so
    /// that no name can pass for two parts, or end a mount option.
    static func source(of request: StageRequest) -> String {
        "\(encoded(request.credentials.user))@\(encoded(request.cluster.id))"
            + ".\(encoded(request.filesystem))=\(encoded(request.path))"
    }

    private static func encoded(_ text: String) -> String {
        var result = ""
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "/"),
                UInt8(ascii: "-"):
                result.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                result += (byte < 16 ? "%0" : "%") + String(byte, radix: 16, uppercase: true)
            }
        }
        return result
    }
}
