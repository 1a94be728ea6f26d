import Bytes
import Synchronization
import System
import Testing

@Suite struct KeyedLockTests {
    @Test func `one path has one holder at a time and different paths have theirs`() async throws {
        let locks = KeyedLock<ByteText>()
        let other = try await locks.acquire("/other")
        let counts = Counts()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<50 {
                group.addTask {
                    let hold = try await locks.acquire("/a")
                    counts.enter()
                    await Task.yield()
                    counts.leave()
                    hold.release()
                }
            }
            try await group.waitForAll()
        }
        #expect(counts.most == 1)
        other.release()
        #expect(locks.isIdle)
    }

    @Test func `a waiter that is cancelled goes away and the next one gets the path`() async throws {
        let locks = KeyedLock<ByteText>()
        let first = try await locks.acquire("/a")
        let second = Task { try await locks.acquire("/a").release() }
        let third = Task { try await locks.acquire("/a").release() }
        try await Task.sleep(for: .milliseconds(20))
        second.cancel()
        await #expect(throws: CancellationError.self) { try await second.value }
        first.release()
        try await third.value
        #expect(locks.isIdle)
    }

    @Test func `a hold that is dropped is released`() async throws {
        let locks = KeyedLock<ByteText>()
        do { _ = try await locks.acquire("/a") }
        try await locks.acquire("/a").release()
        #expect(locks.isIdle)
    }
}

private final class Counts: Sendable {
    private let state = Mutex((now: 0, most: 0))
    var most: Int { state.withLock { $0.most } }
    func enter() {
        state.withLock {
            $0.now += 1
            $0.most = max($0.most, $0.now)
        }
    }
    func leave() { state.withLock { $0.now -= 1 } }
}
