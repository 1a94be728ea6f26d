import Host

/// What this program is.
enum Version {
    /// The program's version; CHANGELOG.md has the same.
    static let program = "0.1.0"
    /// The version of the CSI specification that it speaks.
    static let protocolVersion = "1.12.0"

    /// The git commit, or `unknown`.
    static var revision: String { BuildRevision.current ?? "unknown" }

    /// What `cephfs-csi version` prints.
    static var report: String {
        """
        cephfs-csi \(program)
        revision   \(revision)
        swift      \(compiler)
        csi        \(protocolVersion)
        """
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
