/// The outcome of a call, as gRPC numbers it (grpc/status.h, "Status codes and their use in gRPC").
public enum StatusCode: Int32, Sendable, Hashable, CaseIterable {
    /// The call succeeded.
    case ok = 0
    /// The call was cancelled, typically by the caller.
    case cancelled = 1
    /// An error of a kind that nobody classified.
    case unknown = 2
    /// A field of the request is wrong, whatever the state of the system.
    case invalidArgument = 3
    /// The deadline passed before the answer.
    case deadlineExceeded = 4
    /// What was asked for does not exist.
    case notFound = 5
    /// What was to be made exists already, and differs.
    case alreadyExists = 6
    /// The caller may not do this.
    case permissionDenied = 7
    /// A quota, a limit or the space is used up.
    case resourceExhausted = 8
    /// The system is not in the state that the call needs.
    case failedPrecondition = 9
    /// Something else got in the way; the caller may try again.
    case aborted = 10
    /// A value lies outside of what is possible.
    case outOfRange = 11
    /// The server does not have this method.
    case unimplemented = 12
    /// An invariant of the server is broken.
    case `internal` = 13
    /// The server can't answer now; the caller may try again.
    case unavailable = 14
    /// Data are lost or corrupted for good.
    case dataLoss = 15
    /// The caller has no valid credentials.
    case unauthenticated = 16

    /// The name that gRPC's documentation uses, for logs and metrics: `DEADLINE_EXCEEDED`.
    public var name: String {
        switch self {
        case .ok: "OK"
        case .cancelled: "CANCELLED"
        case .unknown: "UNKNOWN"
        case .invalidArgument: "INVALID_ARGUMENT"
        case .deadlineExceeded: "DEADLINE_EXCEEDED"
        case .notFound: "NOT_FOUND"
        case .alreadyExists: "ALREADY_EXISTS"
        case .permissionDenied: "PERMISSION_DENIED"
        case .resourceExhausted: "RESOURCE_EXHAUSTED"
        case .failedPrecondition: "FAILED_PRECONDITION"
        case .aborted: "ABORTED"
        case .outOfRange: "OUT_OF_RANGE"
        case .unimplemented: "UNIMPLEMENTED"
        case .internal: "INTERNAL"
        case .unavailable: "UNAVAILABLE"
        case .dataLoss: "DATA_LOSS"
        case .unauthenticated: "UNAUTHENTICATED"
        }
    }
}
