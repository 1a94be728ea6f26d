import CCeph
import Glibc
import System

/// Unmounts and releases mounts that nobody refers to any more, on threads of its own: an unmount may hang too.
final class Unmounter: Sendable {
    /// A handle on its way out; only the thread that disposes of it uses it.
    private struct Handle: @unchecked Sendable {
        let pointer: OpaquePointer
    }

    private let pools = PoolFamily(name: "ceph-unmount", threads: 4, idleTimeout: .seconds(2))
    private let names: SessionNames

    init(names: SessionNames) {
        self.names = names
    }

    /// How many mounts are being unmounted or wait for it.
    var pending: Int { pools.statuses.reduce(0) { $0 + $1.busy + $1.queued } }

    /// Takes the handle over. Returns at once.
    ///
    /// - Parameter cluster: whose threads it takes.
    func dispose(_ handle: OpaquePointer, of cluster: String, isLost: Bool, session: SessionNames.Session?) {
        let handle = Handle(pointer: handle)
        let names = names
        let pool = pools[cluster]
        Task.detached {
            // Fails only when the system has no thread to give; the handle then stays as it is.
            try? await pool.run("unmount") {
                // A client that was evicted waits in vain for answers unless it drops its sessions first.
                if isLost { ceph_abort_conn(handle.pointer) }
                let result = ceph_unmount(handle.pointer)
                ceph_release(handle.pointer)
                if let session { names.free(session, result == 0 && !isLost ? .clean : .unclean) }
            }
        }
    }
}
