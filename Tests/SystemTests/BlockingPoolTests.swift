import Foundation
import Synchronization
import Testing

@testable import System

@Suite struct BlockingPoolTests {
    @Test func `a job's value and its error reach the caller`() async throws {
        struct Broken: Error {}
        let pool = BlockingPool(name: "value", threads: 1, idleTimeout: .seconds(1))
        #expect(try await pool.run("six") { 6 } == 6)
        await #expect(throws: Broken.self) { try await pool.run("broken") { throw Broken() } }
    }

    @Test func `no more threads run than the bound allows and all jobs end`() async throws {
        let pool = BlockingPool(name: "bound", threads: 3, idleTimeout: .seconds(1))
        let now = Shared((running: 0, most: 0))
        let sum = try await withThrowingTaskGroup(of: Int.self) { group in
            for number in 0..<40 {
                group.addTask {
                    try await pool.run("job") {
                        now.withLock {
                            $0.running += 1
                            $0.most = max($0.most, $0.running)
                        }
                        usleep(2000)
                        now.withLock { $0.running -= 1 }
                        return number
                    }
                }
            }
            return try await group.reduce(0, +)
        }
        #expect(sum == 780)
        #expect(now.withLock { $0.most } == 3)
        #expect(pool.status.threads <= 3)
    }

    @Test func `jobs start in the order in which they came`() async throws {
        let pool = BlockingPool(name: "order", threads: 1, idleTimeout: .seconds(1))
        let gate = Gate()
        let order = Shared<[Int]>([])
        let first = Task { try await pool.run("gate") { gate.pass() } }
        try await waitUntil { pool.status.busy == 1 }
        var tasks: [Task<Void, any Error>] = []
        for number in 0..<5 {
            tasks.append(Task { try await pool.run("job \(number)") { order.withLock { $0.append(number) } } })
            try await waitUntil { pool.status.queued == number + 1 }
        }
        gate.open()
        try await first.value
        for task in tasks { try await task.value }
        #expect(order.withLock { $0 } == [0, 1, 2, 3, 4])
    }

    @Test func `cancellation returns at once while the job goes on to its end`() async throws {
        let pool = BlockingPool(name: "cancel", threads: 1, idleTimeout: .seconds(1))
        let gate = Gate()
        let ended = Shared(false)
        let task = Task {
            try await pool.run("hang") {
                gate.pass()
                ended.withLock { $0 = true }
            }
        }
        try await waitUntil { pool.status.busy == 1 }
        task.cancel()
        // The job is held by the gate: that this returns at all, with the job still busy, is the proof.
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(pool.status.busy == 1)
        #expect(pool.status.longest?.label == "hang")
        gate.open()
        try await waitUntil { ended.withLock { $0 } && pool.status.busy == 0 }
    }

    @Test func `a queued job whose task is cancelled never starts`() async throws {
        let pool = BlockingPool(name: "drop", threads: 1, idleTimeout: .seconds(1))
        let gate = Gate()
        let started = Shared(false)
        let hung = Task { try await pool.run("hang") { gate.pass() } }
        try await waitUntil { pool.status.busy == 1 }
        let queued = Task { try await pool.run("late") { started.withLock { $0 = true } } }
        try await waitUntil { pool.status.queued == 1 }
        queued.cancel()
        await #expect(throws: CancellationError.self) { try await queued.value }
        #expect(pool.status.queued == 0)
        gate.open()
        try await hung.value
        try await pool.run("after") {}
        #expect(!started.withLock { $0 })
    }

    @Test func `a task cancelled beforehand runs nothing`() async throws {
        let pool = BlockingPool(name: "early", threads: 1, idleTimeout: .seconds(1))
        let started = Shared(false)
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            try await pool.run("never") { started.withLock { $0 = true } }
        }
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(pool.status.threads == 0)
        #expect(!started.withLock { $0 })
    }

    @Test func `idle threads end and new work brings them back`() async throws {
        let pool = BlockingPool(name: "idle", threads: 2, idleTimeout: .milliseconds(50))
        #expect(try await pool.run("work") { pool.status.threads } == 1)
        try await waitUntil { pool.status.threads == 0 }
        #expect(try await pool.run("again") { true })
    }

    @Test func `a pool is stuck when every thread has been in one job for long`() async throws {
        let pool = BlockingPool(name: "stuck", threads: 2, idleTimeout: .seconds(1))
        let gate = Gate()
        let one = Task { try await pool.run("one") { gate.pass() } }
        try await waitUntil { pool.status.busy == 1 }
        try await Task.sleep(for: .milliseconds(30))
        #expect(!pool.status.isStuck(for: .milliseconds(20)))
        let two = Task { try await pool.run("two") { gate.pass() } }
        try await waitUntil { pool.status.busy == 2 }
        #expect(!pool.status.isStuck(for: .seconds(60)))
        try await waitUntil { pool.status.isStuck(for: .milliseconds(20)) }
        gate.open()
        try await one.value
        try await two.value
        #expect(!pool.status.isStuck(for: .zero))
    }

    @Test func `a pool whose last owner is its own job goes away in peace`() async throws {
        final class Owner: Sendable {
            let pool = BlockingPool(name: "owned", threads: 1, idleTimeout: .seconds(1))
            let gone: Shared<Bool>
            init(_ gone: Shared<Bool>) { self.gone = gone }
            deinit { gone.withLock { $0 = true } }
        }
        let gone = Shared(false)
        let holding = Shared(false)
        let gate = Gate()
        let task = Task {
            let owner = Owner(gone)
            return try await owner.pool.run("hold") { [owner] in
                holding.withLock { $0 = true }
                gate.pass()
                _ = owner
            }
        }
        // A job that is cancelled before a thread took it never runs, and holds nothing.
        try await waitUntil { holding.withLock { $0 } }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(!gone.withLock { $0 })
        gate.open()
        try await waitUntil { gone.withLock { $0 } }
    }

    @Test func `threads carry the pool's name and take no signals`() async throws {
        let pool = BlockingPool(name: "a-very-long-name-indeed", threads: 1, idleTimeout: .seconds(1))
        let (name, blocked) = try await pool.run("look") {
            let name = try String(contentsOfFile: "/proc/thread-self/comm", encoding: .utf8)
            var mask = sigset_t()
            pthread_sigmask(SIG_BLOCK, nil, &mask)
            return (name, sigismember(&mask, SIGTERM) == 1)
        }
        #expect(name == "a-very-long-nam\n")
        #expect(blocked)
    }
}

@Suite struct BacklogTests {
    @Test func `who comes when all threads are stuck and enough wait is told at once, and what waited still runs`()
        async throws
    {
        let pool = BlockingPool(
            name: "stuck",
            threads: 2,
            idleTimeout: .seconds(1),
            backlog: .init(jobs: 3, patience: .milliseconds(50), limit: 100)
        )
        let gate = Gate()
        let waiting = (0..<5).map { _ in Task { try await pool.run("held") { gate.pass() } } }
        try await waitUntil { pool.status.queued == 3 && pool.status.isStuck(for: .milliseconds(50)) }
        await #expect(throws: BlockingPoolFull.self) { try await pool.run("late") {} }
        gate.open()
        for one in waiting { try await one.value }
        try await pool.run("after") {}
    }

    @Test func `no more than the limit wait, stuck or not`() async throws {
        let pool = BlockingPool(
            name: "busy",
            threads: 1,
            idleTimeout: .seconds(1),
            backlog: .init(jobs: 1, patience: .seconds(60), limit: 2)
        )
        let gate = Gate()
        let running = Task { try await pool.run("held") { gate.pass() } }
        // Until a thread has it, it waits as well.
        try await waitUntil { pool.status.busy == 1 }
        let waiting = [running] + (0..<2).map { _ in Task { try await pool.run("held") { gate.pass() } } }
        try await waitUntil { pool.status.queued == 2 }
        await #expect(throws: BlockingPoolFull.self) { try await pool.run("late") {} }
        gate.open()
        for one in waiting { try await one.value }
    }

    @Test func `what is stuck for one key takes no thread from another`() async throws {
        let family = PoolFamily(name: "family", threads: 2, idleTimeout: .seconds(1))
        let gate = Gate()
        let waiting = (0..<10).map { _ in Task { try await family["silent"].run("held") { gate.pass() } } }
        try await waitUntil { family["silent"].status.queued == 8 }
        let began = ContinuousClock.now
        for _ in 0..<20 { try await family["healthy"].run("quick") {} }
        #expect(ContinuousClock.now - began < .seconds(5))
        #expect(family.statuses.reduce(0) { $0 + $1.busy } >= 2)
        gate.open()
        for one in waiting { try await one.value }
        // Keys without work are forgotten, so that no caller can fill the memory with them.
        for number in 0..<1000 { _ = family["key-\(number)"] }
        #expect(family.statuses.count <= 64)
    }
}

/// A value that jobs and the test share.
private final class Shared<Value: Sendable>: Sendable {
    private let value: Mutex<Value>
    init(_ value: Value) { self.value = Mutex(value) }
    func withLock<Result: Sendable>(_ body: @Sendable (inout Value) -> Result) -> Result {
        value.withLock { body(&$0) }
    }
}

/// A door that jobs wait at.
private final class Gate: Sendable {
    private let isOpen = Mutex(false)
    func open() { isOpen.withLock { $0 = true } }
    func pass() { while !isOpen.withLock({ $0 }) { usleep(1000) } }
}

private func waitUntil(_ condition: @Sendable () -> Bool) async throws {
    let deadline = ContinuousClock.now + .seconds(20)
    while !condition() {
        try #require(ContinuousClock.now < deadline, "waited 20 s in vain")
        try await Task.sleep(for: .milliseconds(2))
    }
}
