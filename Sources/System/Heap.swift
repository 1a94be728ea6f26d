import CLinux

/// The C library's heap.
public enum Heap {
    /// Has all threads share two arenas (mallopt(3), M_ARENA_MAX).
    ///
    /// By default there are eight for each processor, and each keeps what its threads have once needed: with dozens of
    /// threads in libcephfs, a list of many volumes left 30 MB more behind. The calls wait for Ceph, not for the heap.
    public static func limitArenas() {
        _ = linux_limit_arenas(2)
    }

    /// Gives unused pages back to the system, also those between used ones (malloc_trim(3)). Takes a few milliseconds for
    /// a hundred megabytes, in which other threads wait for the heap.
    public static func trim() {
        linux_trim_heap()
    }
}
