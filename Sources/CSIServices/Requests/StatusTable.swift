import CSI
import GRPCServer
import Volumes

/// The one place that names status codes: domain errors to gRPC statuses (CSI spec, "Error Scheme").
enum StatusTable {
    /// The status for whatever a service threw. Cancellation is not an error of ours: the transport knows whether the
    /// deadline passed or the client left.
    static func status(for error: any Error) -> any Error {
        switch error {
        case let error as VolumeError: status(for: error)
        case let error as UnimplementedMethod:
            RPCStatus(.unimplemented, "\(error.path) is not available in this role or version of the plugin")
        case let error as ProtobufError:
            RPCStatus(.invalidArgument, "\(error)")
        case is CancellationError, is RPCStatus: error
        default:
            // The type alone: the text of an unforeseen error may carry what must not leave the process.
            RPCStatus(.internal, "unexpected error of type \(type(of: error))")
        }
    }

    private static func status(for error: VolumeError) -> RPCStatus {
        switch error {
        case .notFound(let message): RPCStatus(.notFound, message)
        case .alreadyExists(let conflict): RPCStatus(.alreadyExists, conflict)
        case .inProgress(let step): RPCStatus(.aborted, "in progress: \(step); retry")
        case .unknownToken(let message): RPCStatus(.aborted, message)
        case .outOfRange(let message): RPCStatus(.outOfRange, message)
        case .capacityExhausted(let message): RPCStatus(.resourceExhausted, message)
        case .preconditionFailed(let message): RPCStatus(.failedPrecondition, message)
        case .tampered(let message): RPCStatus(.failedPrecondition, message)
        case .permissionDenied(let missing): RPCStatus(.permissionDenied, missing)
        case .unauthenticated(let message): RPCStatus(.unauthenticated, message)
        case .unavailable(let message): RPCStatus(.unavailable, message)
        case .invalid(let field, let fix): RPCStatus(.invalidArgument, "\(field): \(fix)")
        case .unsupported(let message): RPCStatus(.invalidArgument, message)
        case .unexpected(let message): RPCStatus(.internal, message)
        }
    }
}
