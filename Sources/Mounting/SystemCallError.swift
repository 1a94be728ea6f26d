import Glibc
import Volumes

/// A system call that failed: which, on what, with which errno.
struct SystemCallError: Error, Sendable, Hashable, CustomStringConvertible {
    let call: String
    let errno: Int32
    let subject: String

    /// The error that errno holds now.
    init(_ call: StaticString, on subject: String) {
        self.init(call, errno: Glibc.errno, on: subject)
    }

    init(_ call: StaticString, errno: Int32, on subject: String) {
        self.call = "\(call)"
        self.errno = errno
        self.subject = subject
    }

    var description: String {
        "\(call) of \(subject): \(String(cString: strerror(errno))) (errno \(errno))"
    }

    /// The error in the field's terms, for calls whose errno has no meaning of their own.
    var volumeError: VolumeError {
        switch errno {
        case EPERM, EACCES:
            .preconditionFailed("\(self): the node plugin needs CAP_SYS_ADMIN; run its container privileged")
        case ENOSYS:
            .preconditionFailed("\(self): the node plugin needs Linux 5.12 or newer")
        case EROFS:
            .preconditionFailed("\(self): the file system that it is on is read-only, make it writable")
        case EBUSY:
            .unavailable("\(self): something else uses it, try again")
        case ENOTCONN, ECONNABORTED, ESHUTDOWN, EHOSTDOWN, ETIMEDOUT, EIO:
            .unavailable("\(self)")
        case EMFILE, ENFILE, ENOMEM, EAGAIN, ENOSPC:
            .unavailable("\(self): this node is short of resources")
        default:
            .unexpected("\(self)")
        }
    }
}
