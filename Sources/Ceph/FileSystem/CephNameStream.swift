import CCeph
import Glibc

/// The names in a directory and nothing else about them, some thousands at a time: for directories that may hold tens of
/// thousands (ceph_ll_opendir, ceph_getdnames). Closed when the last reference goes.
///
/// ceph_readdir_r and ceph_readdirplus_r, whatever their flags, ask the MDS for the recursive size of every directory that
/// they return, but for the first of each answer; one call that returns many names does not.
///
/// Each name brings an inode of some 2.5 KB, and libcephfs looks only once a second whether its cache is too large, and
/// frees what is too much a second later. So whoever reads on waits between stretches.
///
/// One thread at a time may use it.
public final class CephNameStream: @unchecked Sendable {
    // Unchecked: see above.

    /// Some of the names.
    public struct Stretch: Sendable {
        /// Those that are wanted, unsorted.
        public let names: [String]
        /// How many were read.
        public let count: Int
        /// Whether there may be more.
        public let goesOn: Bool
    }

    /// Room for some four thousand names of the usual length.
    private static let room = 192 << 10

    private let mount: CephFSMount
    private let path: String
    private let directory: OpaquePointer

    /// Opens the directory.
    ///
    /// - Throws: ``CephError``, ENOENT and ENOTDIR among others.
    public init(_ mount: CephFSMount, _ path: String) throws {
        self.mount = mount
        self.path = path
        directory = try mount.directory(path).openDirectory()
    }

    deinit {
        ceph_ll_releasedir(mount.handle, directory)
    }

    /// The next names.
    public func next(where isWanted: (String) -> Bool) throws -> Stretch {
        var names: [String] = []
        var count = 0
        var buffer = [CChar](repeating: 0, count: Self.room)
        while true {
            let result = ceph_getdnames(mount.handle, directory, &buffer, Int32(buffer.count))
            let length = Int(try mount.check(result, "ceph_getdnames", path))
            guard length > 0 else { return Stretch(names: names, count: count, goesOn: false) }
            for name in buffer[..<length].split(separator: 0) {
                let text = String(decoding: name.map { UInt8(bitPattern: $0) }, as: UTF8.self)
                count += 1
                if isWanted(text) { names.append(text) }
            }
            if length + Int(NAME_MAX) > buffer.count { return Stretch(names: names, count: count, goesOn: true) }
        }
    }
}
