import CSI
import Testing

@Suite struct ServiceTests {
    private struct Nothing: IdentityService, ControllerService, GroupControllerService, NodeService {}

    private var tables: [String: [CSIMethod]] {
        let nothing = Nothing()
        return [
            "Identity": (nothing as any IdentityService).methods,
            "Controller": (nothing as any ControllerService).methods,
            "GroupController": (nothing as any GroupControllerService).methods,
            "Node": (nothing as any NodeService).methods,
        ]
    }

    @Test func `the method tables hold every unary method of the schema`() throws {
        for (service, methods) in try Reference.facts().unary {
            let paths = methods.map { "/csi.v1.\(service)/\($0)" }
            #expect(tables[service, default: []].map(\.path) == paths)
        }
    }

    @Test func `a method that a service does not offer says so`() async {
        for method in tables.values.joined() {
            await #expect(throws: UnimplementedMethod(path: method.path)) { _ = try await method.invoke([]) }
        }
    }

    @Test func `a malformed request is refused before the service sees it`() async {
        for method in tables.values.joined() {
            await #expect(throws: ProtobufError.self, "\(method.path)") { _ = try await method.invoke([0x0A, 0xFF]) }
        }
    }

    @Test func `a method decodes the request, calls the service and encodes its response`() async throws {
        struct Echo: ControllerService {
            func createVolume(_ request: CreateVolumeRequest) async throws -> CreateVolumeResponse {
                CreateVolumeResponse(volume: Volume(volumeID: "id of \(request.name)"))
            }
        }
        let method = try #require(Echo().methods.first { $0.path == "/csi.v1.Controller/CreateVolume" })
        let response = try await method.invoke(CreateVolumeRequest(name: "pvc").encoded())
        #expect(try CreateVolumeResponse(decoding: response).volume?.volumeID == "id of pvc")
    }

    @Test func `what a service throws reaches the caller unchanged`() async throws {
        struct Failure: Error, Equatable {}
        struct Failing: IdentityService {
            func probe(_: ProbeRequest) async throws -> ProbeResponse { throw Failure() }
        }
        let method = try #require(Failing().methods.last)
        await #expect(throws: Failure()) { _ = try await method.invoke([]) }
    }
}
