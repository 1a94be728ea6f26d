import Ceph
import System

/// What this program is.
enum Version {
    /// The program's version; CHANGELOG.md has the same.
    static let program = "0.1.0"
    /// The version of the CSI specification that it speaks.
    static let protocolVersion = "1.12.0"

    /// The git commit, or `unknown`.
    static var revision: String { BuildRevision.current ?? "unknown" }

    /// What `cephfs-csi version` prints. Loads libcephfs.
    static var report: String {
        """
        cephfs-csi \(program)
        revision   \(revision)
        swift      \(compiler)
        csi        \(protocolVersion)
        ceph       \(client)
        """
    }

    /// The client library that the image or the machine has, and what it can't do.
    private static var client: String {
        guard let library = try? ClientLibrary.installed() else {
            return "no libcephfs.so.2: install the package libcephfs2"
        }
        guard library.knowsAES256Keys else {
            return "\(library.name); AES keys only, and a cluster made with Ceph 20 accepts AES-256 keys only"
        }
        return library.name
    }

    /// The compiler tells its version only to conditions.
    private static var compiler: String {
        #if compiler(>=6.4)
            "6.4 or newer"
        #elseif compiler(>=6.3)
            "6.3"
        #else
            "6.2"
        #endif
    }
}
