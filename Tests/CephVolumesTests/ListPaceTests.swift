import Synchronization
import Testing

@testable import CephVolumes

@Suite("How fast lists look at volumes")
struct ListPaceTests {
    private let start = ContinuousClock.now

    @Test("a short list does not wait, a long one waits for what it looked at before")
    func longListsWait() {
        let pace = ListPace(perSecond: 100, burst: 50, now: start)
        #expect(pace.reserve(50, at: start) == .zero)
        #expect(pace.reserve(100, at: start) == .seconds(1))
        #expect(pace.reserve(100, at: start) == .seconds(2))
        #expect(pace.reserve(0, at: start + .milliseconds(500)) == .milliseconds(1500))
    }

    @Test("a long rest is worth no more than the burst")
    func restsAreBounded() {
        let pace = ListPace(perSecond: 100, burst: 50, now: start)
        #expect(pace.reserve(150, at: start + .seconds(60)) == .seconds(1))
    }

    @Test("a waiting list ends when its request is cancelled")
    func cancelledLists() async {
        let pace = ListPace(perSecond: 1, burst: 0)
        let waiting = Task { try await pace.wait(forVolumes: 3600) }
        waiting.cancel()
        await #expect(throws: CancellationError.self) { try await waiting.value }
        #expect(pace.reserve(1, at: .now) < .seconds(2), "others wait for what nobody looks at")
    }

    @Test("the heap is trimmed while lists run and until libcephfs has let go, then no more")
    func trimming() async throws {
        let trims = Mutex(0)
        let upkeep = HeapUpkeep(every: .milliseconds(50), until: .milliseconds(200)) { trims.withLock { $0 += 1 } }
        for _ in 0..<3 { upkeep.used() }
        #expect(await until { trims.withLock { $0 } >= 3 })
        try await Task.sleep(for: .milliseconds(500))
        let seen = trims.withLock { $0 }
        try await Task.sleep(for: .milliseconds(300))
        #expect(trims.withLock { $0 } == seen)
        upkeep.used()
        #expect(await until { trims.withLock { $0 } > seen })
    }

    private func until(_ isSo: () -> Bool) async -> Bool {
        for _ in 0..<500 {
            if isSo() { return true }
            try? await Task.sleep(for: .milliseconds(10))
        }
        return false
    }
}
