import CLinux

/// Which source this executable was built from.
public enum BuildRevision {
    /// The git commit that whoever built it named (`CEPHFS_CSI_REVISION`); nil when nobody did.
    public static var current: String? {
        let text = String(cString: linux_revision())
        return text.isEmpty ? nil : text
    }
}
