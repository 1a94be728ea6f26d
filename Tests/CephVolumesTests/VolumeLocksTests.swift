import Foundation
import Synchronization
import Testing
import Volumes

@testable import CephVolumes

@Suite("The lock of a volume") struct VolumeLocksTests {
    @Test("one holder at a time, in the order of coming, and volumes do not wait for each other")
    func exclusive() async throws {
        let locks = VolumeLocks()
        var first: VolumeLease? = try await locks.acquire("a", for: "creating")
        _ = try await locks.acquire("b", for: "creating")
        let order = Shared<[Int]>([])
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<5 {
                group.addTask {
                    let lease = try await locks.acquire("a", for: "creating")
                    order.withLock { $0.append(number) }
                    withExtendedLifetime(lease) {}
                }
                try await Task.sleep(for: .milliseconds(20))
            }
            #expect(order.withLock { $0.isEmpty })
            #expect(first != nil)
            first = nil
            try await group.waitForAll()
        }
        #expect(order.withLock { $0 } == [0, 1, 2, 3, 4])
    }

    @Test("a waiter that is cancelled leaves the queue at once")
    func cancelled() async throws {
        let locks = VolumeLocks()
        let holder = try await locks.acquire("a", for: "creating")
        let waiter = Task { _ = try await locks.acquire("a", for: "creating") }
        try await Task.sleep(for: .milliseconds(20))
        waiter.cancel()
        await #expect(throws: CancellationError.self) { try await waiter.value }
        withExtendedLifetime(holder) {}
        _ = consume holder
        _ = try await locks.acquire("a", for: "creating")
    }

    @Test("a task cancelled beforehand gets nothing and leaves nothing behind")
    func cancelledBefore() async throws {
        let locks = VolumeLocks()
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            _ = try await locks.acquire("a", for: "creating")
        }
        await #expect(throws: CancellationError.self) { try await task.value }
        _ = try await locks.acquire("a", for: "creating")
    }

    @Test("when the holder's request is over and its work hangs, waiters learn the step; when it ends, all is well")
    func abandoned() async throws {
        let locks = VolumeLocks(grace: .milliseconds(50))
        let holder = try await locks.acquire("a", for: "creating")
        holder.progress.enter(.limit)
        let waiter = Task { _ = try await locks.acquire("a", for: "deleting") }
        try await Task.sleep(for: .milliseconds(20))
        holder.abandon()
        let error = await #expect(throws: VolumeError.self) { try await waiter.value }
        guard case .unavailable(let text) = error else { throw Unexpected() }
        #expect(text.contains("creating") && text.contains("setting the quota"))
        await #expect(throws: VolumeError.self) { _ = try await locks.acquire("a", for: "deleting") }
        _ = consume holder
        _ = try await locks.acquire("a", for: "deleting")
    }

    @Test("a request that ends early while its work ends soon disturbs nobody")
    func abandonedBriefly() async throws {
        let locks = VolumeLocks(grace: .seconds(5))
        let holder = try await locks.acquire("a", for: "creating")
        holder.abandon()
        let waiter = Task { _ = try await locks.acquire("a", for: "creating") }
        try await Task.sleep(for: .milliseconds(20))
        withExtendedLifetime(holder) {}
        _ = consume holder
        try await waiter.value
    }

    @Test("a thousand tasks that come and go leave the lock free")
    func storm() async throws {
        let locks = VolumeLocks()
        let inside = Shared(0)
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<1000 {
                group.addTask {
                    let task = Task {
                        let lease = try await locks.acquire("\(number % 3)", for: "creating")
                        if number % 3 == 0 {
                            let count = inside.withLock {
                                $0 += 1
                                return $0
                            }
                            #expect(count == 1)
                            await Task.yield()
                            inside.withLock { $0 -= 1 }
                        }
                        withExtendedLifetime(lease) {}
                    }
                    if number % 5 == 0 { task.cancel() }
                    _ = await task.result
                }
            }
        }
        for key in ["0", "1", "2"] { _ = try await locks.acquire(key, for: "creating") }
    }
}

/// A value that tasks and the test share.
final class Shared<Value: Sendable>: Sendable {
    private let value: Mutex<Value>
    init(_ value: Value) { self.value = Mutex(value) }
    func withLock<Result: Sendable>(_ body: @Sendable (inout Value) -> Result) -> Result {
        value.withLock { body(&$0) }
    }
}

struct Unexpected: Error {}
