import Glibc
import Synchronization
import System

/// Kept connections to monitors, one for each user: connecting takes longer than most commands.
final class MonitorConnections: Sendable {
    private struct State {
        var connections: [CephSettings: MonitorConnection] = [:]
        var isSweeping = false
    }

    private let idleTimeout: Duration
    private let state = Mutex(State())

    init(idleTimeout: Duration) {
        self.idleTimeout = idleTimeout
    }

    func run<Value: Sendable>(
        _ settings: CephSettings,
        _ label: String,
        _ body: @escaping @Sendable (Rados) throws -> Value
    ) async throws -> Value {
        let connection = state.withLock { state in
            if let known = state.connections[settings] { return known }
            let new = MonitorConnection(settings)
            state.connections[settings] = new
            return new
        }
        startSweeping()
        do {
            return try await connection.run(label, body)
        } catch {
            // A wrong key leaves nothing behind, or many of them would fill the memory.
            state.withLock { state in
                if state.connections[settings] === connection, connection.isUnused { state.connections[settings] = nil }
            }
            throw error
        }
    }

    /// Ends them all, as their calls end.
    func close() async {
        let connections = state.withLock { state in
            defer { state.connections.removeAll() }
            return state.connections.values
        }
        for connection in connections { await connection.end(idleSince: .now) }
    }

    private func startSweeping() {
        let isFirst = state.withLock { state in
            defer { state.isSweeping = true }
            return !state.isSweeping
        }
        guard isFirst else { return }
        let interval = max(idleTimeout / 4, .milliseconds(20))
        Task.detached { [weak self] in
            repeat {
                try? await Task.sleep(for: interval)
            } while await self?.sweep() ?? false
        }
    }

    /// Ends what was idle for too long; false when nothing is left to look after.
    private func sweep() async -> Bool {
        let deadline = ContinuousClock.now - idleTimeout
        for (settings, connection) in state.withLock({ $0.connections }) {
            guard await connection.end(idleSince: deadline) else { continue }
            state.withLock { $0.connections[settings] = nil }
        }
        return state.withLock { state in
            state.isSweeping = !state.connections.isEmpty
            return state.isSweeping
        }
    }
}

/// One user's connection to the monitors, made by whoever needs it first, and the threads that use it: few, for the
/// monitors do one change after the other anyway.
final class MonitorConnection: Sendable {
    private struct State {
        var rados: Rados?
        var failures = 0
        var lastFailure: (any Error)?
        var lastUsed = ContinuousClock.now
        var replacements = ReplacementPace()
    }

    private let settings: CephSettings
    private let pool = BlockingPool(name: "ceph-mon", threads: 4, idleTimeout: .seconds(10))
    private let state = Mutex(State())
    /// Held while connecting, by a thread of the pool.
    private let connecting = Mutex(())

    init(_ settings: CephSettings) {
        self.settings = settings
    }

    func run<Value: Sendable>(
        _ label: String,
        _ body: @escaping @Sendable (Rados) throws -> Value
    ) async throws -> Value {
        touch()
        return try await pool.run(label) { [self] in
            defer { touch() }
            let rados = try obtain()
            do {
                return try body(rados)
            } catch let error as CephError where error.code == ETIMEDOUT || error.isConnectionLost {
                // The monitors may have forgotten this client, or its key is no longer its own: a new connection finds
                // out at once.
                state.withLock { state in if state.rados === rados { state.rados = nil } }
                throw error
            } catch let error as CephError where error.code == EACCES || error.code == EPERM {
                // A connection has the rights that its user had when it was made.
                retireRefused(rados)
                throw error
            }
        }
    }

    private func retireRefused(_ rados: Rados) {
        state.withLock { state in
            if state.rados === rados, state.replacements.begin() { state.rados = nil }
        }
    }

    /// Ends the connection, on a thread that may block, if it was not used since that time; false when it was.
    @discardableResult
    func end(idleSince deadline: ContinuousClock.Instant) async -> Bool {
        guard pool.status.busy + pool.status.queued == 0, state.withLock({ $0.lastUsed <= deadline }) else {
            return false
        }
        try? await pool.run("closing") { [self] in
            // The last reference, unless a call has begun meanwhile: it ends here.
            _ = state.withLock { state in
                defer { state.rados = nil }
                return state.rados
            }
        }
        return true
    }

    /// The connection, waiting while another thread makes it. Who waits for an attempt that fails shares its error.
    private func obtain() throws -> Rados {
        let (ready, failuresSeen) = state.withLock { ($0.rados, $0.failures) }
        if let ready { return ready }
        return try connecting.withLock { _ in
            let (ready, failures, failure) = state.withLock { ($0.rados, $0.failures, $0.lastFailure) }
            if let ready { return ready }
            if failures > failuresSeen, let failure { throw failure }
            do {
                let rados = try Rados(settings)
                state.withLock { $0.rados = rados }
                return rados
            } catch {
                state.withLock {
                    $0.failures += 1
                    $0.lastFailure = error
                }
                throw error
            }
        }
    }

    /// Whether it neither is connected nor tries to be, and remembers nothing that the next call is bound by.
    var isUnused: Bool {
        let status = pool.status
        return status.busy + status.queued == 0 && state.withLock { $0.rados == nil && !$0.replacements.hasBegun }
    }

    private func touch() {
        state.withLock { $0.lastUsed = .now }
    }
}
