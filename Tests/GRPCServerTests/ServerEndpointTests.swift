import Testing

@testable import GRPCServer

@Suite struct ServerEndpointTests {
    @Test(arguments: ["unix:///run/a.sock", "unix:/run/a.sock", "/run/a.sock"])
    func everyFormOfAnEndpointNamesTheSamePath(_ text: String) throws {
        let endpoint = try ServerEndpoint(text)
        #expect(endpoint.path == "/run/a.sock")
        #expect(endpoint.description == "unix:///run/a.sock")
        #expect(endpoint.directory == "/run")
    }

    @Test(arguments: [
        "", "unix:", "unix://", "run/a.sock", "unix://run/a.sock", "unix:run/a.sock", "tcp://127.0.0.1:1", "http:///a",
        "/run/", "/", "/a\0b", "unix:///" + String(repeating: "x", count: 107), "/" + String(repeating: "é", count: 54),
    ])
    func whatIsNoEndpointIsRefusedWithItsReason(_ text: String) {
        let error = #expect(throws: EndpointError.self) { try ServerEndpoint(text) }
        guard case .malformed(text, let reason)? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(!reason.isEmpty)
    }

    @Test func theLongestPathFits() throws {
        #expect(try ServerEndpoint("/" + String(repeating: "x", count: 106)).path.utf8.count == 107)
    }

    @Test func theRootCanHoldASocket() throws {
        #expect(try ServerEndpoint("/a.sock").directory == "/")
    }

    @Test func theCoresFormHasEverySpecialCharacterEncoded() throws {
        #expect(try ServerEndpoint("/a b/%?#é.sock").target == "unix:/a%20b/%25%3F%23%C3%A9.sock")
    }
}
