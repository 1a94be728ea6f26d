import CCeph
import Glibc

extension CephFSMount {
    /// Ends the session named `name` (`uuid` in its client's metadata), which a client that was killed has left: without
    /// that, its capabilities hold others up for a minute. The MDS lets only the session's own user do it. No session of
    /// that name is a success. Nothing is mounted.
    ///
    /// - Throws: ``CephError`` of `ceph_init` or `ceph_start_reclaim`; EPERM for another user's session.
    public static func endSession(_ name: String, _ settings: CephSettings) throws {
        try settings.validate(for: .installed())
        var created: OpaquePointer?
        try CephError.check(ceph_create(&created, settings.user), "ceph_create")
        guard let handle = created else { throw CephError(call: "ceph_create", code: ENOMEM) }
        defer { ceph_release(handle) }
        try setUp(handle, settings)
        try reclaim(name, handle)
    }
}
