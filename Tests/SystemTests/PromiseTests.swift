import System
import Testing

@Suite struct PromiseTests {
    @Test func `everybody who waits gets the first value`() async {
        let promise = Promise<Int, Never>()
        #expect(!promise.isResolved)
        await withTaskGroup(of: Int.self) { group in
            for _ in 0..<50 { group.addTask { await promise.value } }
            group.addTask {
                #expect(promise.fulfill(1))
                #expect(!promise.fulfill(2))
                return 1
            }
            for await value in group { #expect(value == 1) }
        }
        #expect(await promise.value == 1)
        #expect(promise.isResolved)
    }

    @Test func `an error reaches everybody as well`() async {
        struct Broken: Error {}
        let promise = Promise<Int, any Error>()
        let early = Task { try await promise.value }
        #expect(promise.resolve(.failure(Broken())))
        #expect(!promise.resolve(.success(1)))
        await #expect(throws: Broken.self) { try await early.value }
        await #expect(throws: Broken.self) { try await promise.value }
    }
}
