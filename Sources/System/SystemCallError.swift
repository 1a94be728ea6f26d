import CLinux
import Glibc

/// A system call that failed: which, on what, with which errno.
public struct SystemCallError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The call's name, as in `open`.
    public let call: String
    /// The error number that it left.
    public let errno: Int32
    /// What it was called on: a path, or words that say what.
    public let subject: String

    /// The error that errno holds now.
    public init(_ call: StaticString, on subject: String) {
        self.init(call, errno: Glibc.errno, on: subject)
    }

    /// Names the call, its error number and its subject.
    public init(_ call: StaticString, errno: Int32, on subject: String) {
        self.call = "\(call)"
        self.errno = errno
        self.subject = subject
    }

    /// What the error number means, in strerror(3)'s words.
    public var reason: String { String(cString: linux_error_text(errno)) }

    /// `open /etc/x: No such file or directory (errno 2)`.
    public var description: String { "\(call) \(subject): \(reason) (errno \(errno))" }
}
