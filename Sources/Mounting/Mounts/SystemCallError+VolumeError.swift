import Glibc
import System
import Volumes

extension SystemCallError {
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
            .unavailable("\(self): something else uses it, retry")
        case ENOTCONN, ECONNABORTED, ESHUTDOWN, EHOSTDOWN, ETIMEDOUT, EIO:
            .unavailable("\(self)")
        case EMFILE, ENFILE, ENOMEM, EAGAIN, ENOSPC:
            .unavailable("\(self): this node is short of resources")
        default:
            .unexpected("\(self)")
        }
    }
}
