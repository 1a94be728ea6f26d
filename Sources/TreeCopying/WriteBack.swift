import Ceph
import Glibc

/// Has clients hand in what a snapshot's files lack, before the snapshot is listed.
///
/// A client keeps the last bytes and the size of a file that it has closed for a while. When a snapshot is made it hands
/// them in for the snapshot, too, some moments later. Until then the MDS lists the file in the snapshot as it knows it,
/// cut short or empty, and libcephfs takes that for final: nobody can write in a snapshot (seen with 16.2 and ceph-fuse:
/// 5,242,880 bytes became 4,849,664).
///
/// The MDS tells the size of the live file only when every client has given back what it holds, and what belongs to a
/// snapshot they hand in before that. So each file of the live directory is asked for first. That costs a message for
/// those files alone that another client may write: for the others the listing says all.
struct WriteBack {
    let options: TreeCopier.Options
    let checkStop: () throws -> Void

    /// Returns when what clients hold of the files in the directory, not of those below, is the MDS's.
    func run(_ live: CephNode) throws {
        do {
            let stream = try CephDirectoryStream(live)
            while true {
                try checkStop()
                let entries = try stream.next(options.batch)
                guard !entries.isEmpty else { return }
                for entry in entries where entry.status.kind == .file { try ask(entry.node) }
            }
        } catch let error as CephError where Self.isGone(error) {
            // Removed since: then no client writes there, and what it held of it went with it or was handed in.
        }
    }

    private func ask(_ file: CephNode) throws {
        do {
            _ = try file.status()
        } catch let error as CephError where Self.isGone(error) {
            return
        }
    }

    static func isGone(_ error: CephError) -> Bool {
        error.code == ENOENT || error.code == ESTALE || error.code == ENOTDIR
    }
}

extension CopySession {
    /// The live directory that the source shows as it was; nil when the source is no snapshot's, or it is gone.
    func liveRoot() throws -> CephNode? {
        guard let path = paths.live else { return nil }
        do {
            return try mount.directory(path)
        } catch let error as CephError where WriteBack.isGone(error) {
            return nil
        }
    }
}

extension CopyDirectory {
    /// The live directory of that name, if it is still there.
    func liveChild(_ name: [UInt8]) throws -> CephNode? {
        do {
            guard let found = try live?.child(name), found.status.kind == .directory else { return nil }
            return found.node
        } catch let error as CephError where WriteBack.isGone(error) {
            return nil
        }
    }
}
