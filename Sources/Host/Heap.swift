import CHost

/// The C library's heap.
public enum Heap {
    /// Has all threads share two arenas (mallopt(3), M_ARENA_MAX).
    ///
    /// By default there are eight for each processor, and each keeps what its threads have once needed: with dozens of
    /// threads in libcephfs, a list of many volumes left 30 MB more behind. The calls wait for Ceph, not for the heap.
    public static func limitArenas() {
        _ = chost_limit_arenas(2)
    }
}
