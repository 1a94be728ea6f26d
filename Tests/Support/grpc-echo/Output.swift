import Glibc

/// Writes one line to standard output in one piece, unbuffered: the tests read along.
func say(_ line: String) {
    let bytes = Array((line + "\n").utf8)
    _ = write(STDOUT_FILENO, bytes, bytes.count)
}
