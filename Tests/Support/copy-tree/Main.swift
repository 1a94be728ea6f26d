import Ceph
import Glibc
import SampleTrees

/// Trees on a cluster, for the tests that kill it, the comparison with rsync, and the benchmark:
///
/// ```
/// copy-tree sample PATH [FILES SPARSE-BYTES]    makes the sample tree
/// copy-tree load PATH FILES FILE-BYTES BYTES    makes the benchmark's: many small files and a large one
/// copy-tree snapshot PATH NAME                  makes a snapshot of a directory
/// copy-tree remove-snapshot PATH NAME
/// copy-tree copy SOURCE DESTINATION SCRATCH [WORKERS CHUNK-BYTES]
/// copy-tree compare LEFT RIGHT                  prints what differs, and fails when something does
/// copy-tree remove PATH
/// ```
///
/// Environment: COPY_TREE_MONITORS, COPY_TREE_FS, COPY_TREE_ROOT, COPY_TREE_USER, COPY_TREE_KEY, COPY_TREE_IDENTITY, and
/// COPY_TREE_DIES for an end by SIGKILL right after the copy. It prints `begun` when the copy begins, and one line when
/// it is done.
@main
struct CopyTree {
    static func main() async {
        do {
            try await Command(Array(CommandLine.arguments.dropFirst())).run()
        } catch {
            say("failed: \(error)")
            exit(1)
        }
    }
}

/// Writes one line to standard output in one piece: the tests read along.
func say(_ line: String) {
    let bytes = Array((line + "\n").utf8)
    _ = write(STDOUT_FILENO, bytes, bytes.count)
}
