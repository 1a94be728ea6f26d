import CHost
import Glibc

/// A system call that failed.
public struct SystemCallError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The call's name, as in `open`.
    public let call: String
    /// What it was called on: a path, empty when there is none.
    public let subject: String
    /// The error number it left.
    public let errno: Int32

    /// Names the call, its subject and its error number.
    public init(call: String, subject: String, errno: Int32) {
        self.call = call
        self.subject = subject
        self.errno = errno
    }

    static func current(_ call: String, _ subject: String) -> SystemCallError {
        SystemCallError(call: call, subject: subject, errno: Glibc.errno)
    }

    /// What the error number means, in strerror(3)'s words.
    public var reason: String { String(cString: chost_error_text(errno)) }

    /// `open(/etc/x): No such file or directory`.
    public var description: String { "\(call)(\(subject)): \(reason)" }
}
