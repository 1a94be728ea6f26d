import CSI
import GRPCServer
import Testing
import Volumes

@testable import CSIServices

@Suite struct StatusTableTests {
    private struct Unforeseen: Error { let key = "AQD-secret" }

    @Test(
        arguments: [
            (VolumeError.notFound("m"), StatusCode.notFound), (.alreadyExists(conflict: "m"), .alreadyExists),
            (.inProgress(step: "m"), .aborted), (.outOfRange("m"), .outOfRange),
            (.capacityExhausted("m"), .resourceExhausted), (.preconditionFailed("m"), .failedPrecondition),
            (.permissionDenied(missing: "m"), .permissionDenied), (.unauthenticated("m"), .unauthenticated),
            (.unavailable("m"), .unavailable), (.invalid(field: "f", fix: "m"), .invalidArgument),
            (.unsupported("m"), .invalidArgument), (.unexpected("m"), .internal),
        ]
    )
    func `each domain error has its code and keeps its message`(error: VolumeError, code: StatusCode) throws {
        let status = try #require(StatusTable.status(for: error) as? RPCStatus)
        #expect(status.code == code)
        #expect(status.message.contains("m"))
    }

    @Test func `an unforeseen error is internal and shows its type alone`() throws {
        let status = try #require(StatusTable.status(for: Unforeseen()) as? RPCStatus)
        #expect(status.code == .internal)
        #expect(!status.message.contains("AQD"))
    }

    @Test func `cancellation is left to the transport, an unknown method is unimplemented`() throws {
        #expect(StatusTable.status(for: CancellationError()) is CancellationError)
        let status = try #require(StatusTable.status(for: UnimplementedMethod(path: "/x/Y")) as? RPCStatus)
        #expect(status.code == .unimplemented)
    }
}
