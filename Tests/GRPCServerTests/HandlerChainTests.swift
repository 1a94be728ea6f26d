import Testing

@testable import GRPCServer

private struct Tracer: ServerInterceptor {
    let name: String
    let journal: Journal

    func intercept(_ request: [UInt8], context: RPCContext, next: UnaryHandler) async throws -> [UInt8] {
        await journal.add("\(name) begins")
        do {
            let answer = try await next(request + Array(name.utf8), context)
            await journal.add("\(name) ends")
            return answer + Array(name.utf8)
        } catch {
            await journal.add("\(name) sees \(error)")
            throw error
        }
    }
}

private struct Refuser: ServerInterceptor {
    func intercept(_ request: [UInt8], context: RPCContext, next: UnaryHandler) async throws -> [UInt8] {
        throw RPCStatus(.permissionDenied, "not today")
    }
}

private struct Unexpected: Error, CustomStringConvertible { let description = "AQBsecret" }

@Suite struct HandlerChainTests {
    @Test func interceptorsNestInTheOrderOfTheirList() async throws {
        let journal = Journal()
        let chain = HandlerChain(
            methods: [
                "/s/m": { request, _ in
                    await journal.add("handler")
                    return request
                }
            ],
            interceptors: [Tracer(name: "a", journal: journal), Tracer(name: "b", journal: journal)]
        )
        let answer = try await chain.respond(to: [], context: RPCContext(method: "/s/m")).get()
        #expect(String(decoding: answer, as: UTF8.self) == "abba")
        #expect(await journal.entries == ["a begins", "b begins", "handler", "b ends", "a ends"])
    }

    @Test func anInterceptorCanAnswerInPlaceOfTheHandler() async {
        let chain = HandlerChain(
            methods: [
                "/s/m": { _, _ in
                    Issue.record("the handler was called")
                    return []
                }
            ],
            interceptors: [Refuser()]
        )
        let result = await chain.respond(to: [], context: RPCContext(method: "/s/m"))
        #expect(result == .failure(RPCStatus(.permissionDenied, "not today")))
    }

    @Test func interceptorsSeeAnUnknownMethodAsUnimplemented() async {
        let journal = Journal()
        let chain = HandlerChain(methods: [:], interceptors: [Tracer(name: "a", journal: journal)])
        let result = await chain.respond(to: [], context: RPCContext(method: "/s/m"))
        guard case .failure(let status) = result else {
            Issue.record("it succeeded")
            return
        }
        #expect(status.code == .unimplemented)
        #expect(await journal.entries == ["a begins", "a sees \(status)"])
    }

    @Test func anErrorThatIsNoStatusBecomesInternalBeforeAnInterceptorSeesIt() async {
        let journal = Journal()
        let chain = HandlerChain(
            methods: ["/s/m": { _, _ in throw Unexpected() }],
            interceptors: [Tracer(name: "a", journal: journal)]
        )
        let result = await chain.respond(to: [], context: RPCContext(method: "/s/m"))
        guard case .failure(let status) = result else {
            Issue.record("it succeeded")
            return
        }
        #expect(status.code == .internal)
        let entries = await journal.entries
        #expect(!entries.joined().contains("AQB") && !status.message.contains("AQB"))
    }

    @Test func aCancellationBecomesTheReasonOfTheCallsEnd() async {
        let context = RPCContext(method: "/s/m")
        let chain = HandlerChain(
            methods: [
                "/s/m": { _, context in
                    context.end(.deadlinePassed)
                    throw CancellationError()
                }
            ],
            interceptors: []
        )
        #expect(await chain.respond(to: [], context: context) == .failure(.deadlinePassed))
    }

    @Test func aLateResultIsReplacedByTheCallsEnd() async {
        let journal = Journal()
        let chain = HandlerChain(
            methods: [
                "/s/m": { _, context in
                    context.end(.stopping)
                    return [1]
                }
            ],
            interceptors: [Tracer(name: "a", journal: journal)]
        )
        #expect(await chain.respond(to: [], context: RPCContext(method: "/s/m")) == .failure(.stopping))
        #expect(await journal.entries == ["a begins", "a sees \(RPCStatus.stopping)"])
    }

    @Test func theCurrentContextIsTheCallsOwn() async throws {
        let context = RPCContext(method: "/s/m")
        let chain = HandlerChain(
            methods: [
                "/s/m": { _, context in
                    #expect(RPCContext.current === context)
                    RPCContext.current?.annotate("volume", "v")
                    return []
                }
            ],
            interceptors: []
        )
        _ = try await chain.respond(to: [], context: context).get()
        #expect(context.annotations.map(\.0) == ["volume"])
        #expect(RPCContext.current == nil)
    }
}
