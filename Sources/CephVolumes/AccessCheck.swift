import Ceph
import Glibc
import Volumes

/// A small file written to and read from a new volume's data directory: shows that pool, namespace and OSD caps fit.
///
/// A user whose OSD cap names another pool or namespace than the directory's layout can mount, list and make files, and
/// only their contents fail, with EPERM, in a pod that has long been started. So this happens while the volume is made.
///
/// The write is buffered and on its way to the OSD while other things are done; the read goes past the client's cache.
struct AccessCheck {
    private static let content = "cephfs-csi"
    private let work: VolumeWork
    private let directory: String
    private let file: CephFile

    private var path: String { Self.path(in: directory) }

    /// Makes the file in `directory`, which has its layout already but no quota yet, and sends its content off.
    init(work: VolumeWork, directory: String) throws {
        self.work = work
        self.directory = directory
        file = try Self.step(work, directory) {
            let file = try work.mount.createFile(Self.path(in: directory), mode: 0o600)
            try file.write(Self.content)
            return file
        }
    }

    /// Waits for the write, reads the content back from the OSD, and removes the file.
    func finish() throws {
        try Self.step(work, directory) {
            try file.synchronizeData()
            let reading = try work.mount.openFile(path, direct: true)
            let content = try reading.read(upTo: 64)
            try reading.close()
            try file.close()
            guard content == Self.content else {
                throw VolumeError.unexpected("\(work.mount.absolute(path)) does not hold what was written to it")
            }
            try work.mount.unlink(path)
        }
    }

    private static func path(in directory: String) -> String { "\(directory)/.cephfs-csi-check" }

    /// As `VolumeWork.step`, and names the pool that the directory really has.
    private static func step<Value>(_ work: VolumeWork, _ directory: String, _ body: () throws -> Value) throws -> Value
    {
        work.progress.enter(.checkAccess)
        do {
            return try body()
        } catch let error as CephError {
            var context = work.context
            context.dataPool =
                (try? work.mount.attribute(VolumeLayout.poolAttribute, of: directory)) ?? context.dataPool
            throw VolumeError(error, in: .checkAccess, context)
        }
    }
}
