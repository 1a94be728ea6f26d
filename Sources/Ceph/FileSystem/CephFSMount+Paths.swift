import CCeph
import Glibc

/// Where paths become what C takes: every function of libcephfs that walks a path gets it from here, and so does
/// every one that opens a snapshot directory by other means.
///
/// **No path leads through `X/.snap` while this client holds no capability of X.** libcephfs makes the inode of `X/.snap`
/// by itself, and since 17.2.6 copies the time of the last snapshot from the snap realm of X, which it knows only while it
/// holds a capability of X (`Client::refresh_snapdir_attrs`); without one it follows a null pointer and the process is
/// gone (seen with 18.2.7 and 20.2.4). A listing brings directories in without capabilities when they have a realm of
/// their own, as every volume does. What the MDS answers about X itself brings them.
extension CephFSMount {
    private static let pauses = Pauses.doubling(seconds: 15)

    /// `path` as the C functions take it. Asks the MDS about the directory whose snapshots it leads to, where this
    /// client holds nothing of that directory yet.
    ///
    /// - Throws: ``CephError`` EINVAL for a path with a NUL, which would cut it short; of a path through `.snap` also
    ///   what ``CephFSMount/status(_:)`` throws for the directory, and ETIMEDOUT when the MDS gives no capability of it.
    func cPath(_ path: String) throws -> CPath { try cPath(Array(path.utf8)) }

    /// As ``cPath(_:)-(String)``, of a path whose names need not be UTF-8.
    func cPath(_ path: [UInt8]) throws -> CPath {
        guard !path.contains(0) else {
            throw CephError(call: "ceph_mount", code: EINVAL, detail: "a path holds a NUL")
        }
        let path = CPath(bytes: path)
        if let directory = path.directoryOfSnapshots { try hold(self.directory(directory)) }
        return path
    }

    /// Returns when this client holds a capability of the directory, for what opens its `.snap`: at once where it does
    /// already (no message is sent then), else after asking for its attributes. An inode that is just moving from one
    /// rank to another is answered without capabilities, so an answer alone proves nothing.
    ///
    /// What is held is revoked down to a pin but not taken away in the moment until it is used, save by the loss of the
    /// session. Once libcephfs knows `X/.snap` it copies again only after it got new capabilities of X.
    func hold(_ directory: CephNode) throws {
        let bytes = directory.pathBytes()
        let path = CPath(bytes: bytes.isEmpty ? [UInt8(ascii: "/")] : bytes)
        for pause in Self.pauses {
            if try capabilities(of: path) != 0 { return }
            _ = try directory.status()
            if try capabilities(of: path) != 0 { return }
            usleep(pause)
        }
        throw CephError(
            call: "ceph_ll_getattr",
            code: ETIMEDOUT,
            path: absolute(directory.path),
            detail: "the MDS grants no capability on it, so its snapshots can't be read"
        )
    }

    /// What this client holds of the inode at a path, in the bits of Ceph's ceph_fs.h (ceph_debug_get_file_caps, which
    /// looks it up in its cache).
    func capabilities(of path: CPath) throws -> Int32 {
        try check(ceph_debug_get_file_caps(handle, path.chars), "ceph_debug_get_file_caps", path.text)
    }
}

/// A path below the mount's root as C takes it. Bytes, for names below a volume are its users' and need not be UTF-8.
/// Made by ``CephFSMount/cPath(_:)-(String)`` alone.
struct CPath: Sendable {
    /// With the closing NUL.
    let chars: [CChar]

    fileprivate init(bytes: [UInt8]) {
        chars = CText.chars(bytes)
    }

    private init(chars: [CChar]) {
        self.chars = chars
    }

    /// The path of `name`, which a listing of this directory returned.
    ///
    /// - Throws: ``CephError`` EINVAL for `.snap`, which no listing returns and which would lead elsewhere.
    func appending(_ name: [UInt8]) throws -> CPath {
        guard name != CText.snapshotDirectory else {
            throw CephError(call: "ceph_readdirplus_r", code: EINVAL, path: text, detail: "a file is named .snap")
        }
        return CPath(chars: chars.dropLast() + [CChar(UInt8(ascii: "/"))] + CText.chars(name))
    }

    /// The directory that the name is in.
    var parent: CPath {
        let slash = chars.lastIndex(of: CChar(UInt8(ascii: "/"))) ?? 0
        return CPath(chars: slash == 0 ? [CChar(UInt8(ascii: "/")), 0] : chars[..<slash] + [0])
    }

    /// The directory whose `.snap` the path leads to or through; nil when it does neither.
    fileprivate var directoryOfSnapshots: CPath? {
        let names = bytes.split(separator: UInt8(ascii: "/"))
        guard let index = names.firstIndex(where: { Array($0) == CText.snapshotDirectory }) else { return nil }
        return CPath(bytes: [UInt8(ascii: "/")] + names[..<index].joined(separator: [UInt8(ascii: "/")]))
    }

    /// For messages.
    var text: String { String(decoding: bytes, as: UTF8.self) }

    private var bytes: [UInt8] { chars.dropLast().map { UInt8(bitPattern: $0) } }
}

/// Texts that C takes and that are no paths: names in a directory, attributes, targets of links.
enum CText {
    /// The name by which libcephfs reaches a directory's snapshots (`client_snapdir`).
    static let snapshotDirectory = Array(".snap".utf8)

    /// With the closing NUL.
    static func chars(_ bytes: [UInt8]) -> [CChar] { bytes.map { CChar(bitPattern: $0) } + [0] }
}
