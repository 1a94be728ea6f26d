import Glibc
import System

/// How the program ends, beside what ArgumentParser says for wrong usage (64). After sysexits.h.
enum ExitCode: Int32 {
    case success = 0
    case failure = 1
    /// An audit has found something.
    case findings = 2
    /// The endpoint can't be served.
    case unavailable = 69
    /// The configuration file is wrong.
    case configuration = 78

    /// Ends the process at once. Threads may be stuck in Ceph, and the destructors that exit(3) runs would pull
    /// libraries away from under them.
    func leave() -> Never {
        StandardError.flush(atMost: .milliseconds(250))
        _exit(rawValue)
    }
}
