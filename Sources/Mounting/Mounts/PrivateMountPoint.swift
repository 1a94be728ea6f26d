/// Directories of the plugin's own, for root alone, where a mounter mounts before anybody else sees it.
enum PrivateMountPoint {
    /// The place for a staging path, the same in every life of the plugin.
    ///
    /// - Parameter suffix: tells mounters apart.
    static func path(for stagingPath: String, below directory: String, suffix: String = "") throws -> MountPath {
        try MountPath("\(directory)/\(name(for: stagingPath))\(suffix)", field: "run directory")
    }

    /// The place's name without a suffix: FNV-1a of the staging path's bytes.
    static func name(for stagingPath: String) -> String {
        String(
            stagingPath.utf8.reduce(0xcbf2_9ce4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 },
            radix: 16
        )
    }
}
