import Glibc
import Synchronization
import System

/// One user's connection to one file system: the mount, made by whoever needs it first, and the threads that use it.
final class Connection: Sendable {
    private struct State {
        var mount: CephFSMount?
        var failures = 0
        var lastFailure: (any Error)?
        var lastUsed = ContinuousClock.now
        var isClosed = false
        var replacements = ReplacementPace()
    }

    let settings: CephSettings
    private let pools: [CephLane: BlockingPool]
    private let names: SessionNames
    private let unmounter: Unmounter
    private let state = Mutex(State())
    /// Held while mounting, by a thread of the pool.
    private let mounting = Mutex(())

    init(_ settings: CephSettings, _ options: CephConnections.Options, _ names: SessionNames, _ unmounter: Unmounter) {
        self.settings = settings
        self.names = names
        self.unmounter = unmounter
        let idle = options.threadIdleTimeout
        pools = [
            .foreground: BlockingPool(
                name: "ceph",
                threads: options.threads,
                idleTimeout: idle,
                backlog: options.backlog
            ),
            .background: BlockingPool(name: "ceph-purge", threads: options.backgroundThreads, idleTimeout: idle),
            .copying: BlockingPool(name: "ceph-copy", threads: options.copyThreads, idleTimeout: idle),
        ]
    }

    /// Runs `body` with the mount on a thread, connecting first where need be. A connection found dead is replaced,
    /// and `body` starts again with the new one, once.
    func run<Value: Sendable>(
        _ label: String,
        _ lane: CephLane,
        _ body: @escaping @Sendable (CephFSMount) throws -> Value
    ) async throws -> Value {
        guard let pool = pools[lane] else { throw CancellationError() }
        touch()
        do {
            return try await pool.run(label) { [self] in
                defer { touch() }
                if lane == .background { yieldToRequests() }
                let mount = try obtain()
                defer { if mount.isDoubted { retireDoubted(mount) } }
                do {
                    return try body(mount)
                } catch  where mount.isLost {
                    retire(mount)
                    return try body(obtain())
                } catch let error as CephError {
                    mount.doubt(error)
                    throw error
                }
            }
        } catch let error as BlockingPoolFull {
            throw CephError(call: "waiting for a thread", code: EBUSY, detail: error.description)
        }
    }

    /// Lets requests go first: background work starts in a quiet moment, but in the end it starts, or it would never be
    /// done on a cluster that is never quiet.
    private func yieldToRequests() {
        let deadline = ContinuousClock.now + .milliseconds(50)
        while isServing, ContinuousClock.now < deadline { usleep(2000) }
    }

    /// The mount, waiting while another thread makes it. Who waits for an attempt that fails shares its error, so that
    /// thirty callers do not try a dead monitor one after the other.
    private func obtain() throws -> CephFSMount {
        let (ready, failuresSeen) = state.withLock { ($0.mount, $0.failures) }
        if let ready { return ready }
        return try mounting.withLock { _ in
            let (ready, failures, failure, isClosed) = state.withLock {
                ($0.mount, $0.failures, $0.lastFailure, $0.isClosed)
            }
            if let ready { return ready }
            if isClosed { throw CancellationError() }
            if failures > failuresSeen, let failure { throw failure }
            do {
                let mount = try connect()
                try check(mount)
                state.withLock { $0.mount = mount }
                return mount
            } catch {
                state.withLock {
                    $0.failures += 1
                    $0.lastFailure = error
                }
                throw error
            }
        }
    }

    /// That the cluster which has answered is the one that is meant. Else volumes would be made on another one that has taken
    /// over the address and has the same keys, a restored copy for example.
    private func check(_ mount: CephFSMount) throws {
        guard let expected = settings.fsid else { return }
        try CephError.check(mount.attribute("ceph.cluster_fsid", of: "/"), is: expected)
    }

    private func connect() throws -> CephFSMount {
        let session = try takeName()
        do {
            return try CephFSMount(settings, session: session, unmounter: unmounter)
        } catch {
            names.free(session, .neverConnected)
            throw error
        }
    }

    /// A name for the session. Attempts of the same user with other keys take one for some milliseconds each, which is no
    /// reason to fail.
    private func takeName() throws -> SessionNames.Session {
        let deadline = ContinuousClock.now + .seconds(2)
        while true {
            do {
                return try names.take(for: settings)
            } catch let error as CephError where error.code == EBUSY && ContinuousClock.now < deadline {
                usleep(2000)
            }
        }
    }

    /// Makes no mount from now on.
    func close() { state.withLock { $0.isClosed = true } }

    /// Forgets a mount, so that the next call makes a new one; it is unmounted when its last call ends.
    private func retire(_ mount: CephFSMount) {
        state.withLock { state in
            if state.mount === mount { state.mount = nil }
        }
    }

    /// Has the next call make a new connection, unless that was done a moment ago, or two are still in use.
    private func retireDoubted(_ mount: CephFSMount) {
        guard names.hasFree(for: settings) else { return }
        state.withLock { state in
            if state.mount === mount, state.replacements.begin() { state.mount = nil }
        }
    }

    private func touch() {
        state.withLock { $0.lastUsed = .now }
    }

    /// When it was last used; nil while a call is running or waiting.
    var idleSince: ContinuousClock.Instant? {
        let isBusy = pools.values.contains { $0.status.busy + $0.status.queued > 0 }
        return isBusy ? nil : state.withLock { $0.lastUsed }
    }

    /// Whether a request is running or waiting.
    var isServing: Bool { status(.foreground).map { $0.busy + $0.queued > 0 } ?? false }

    var isMounted: Bool { state.withLock { $0.mount != nil } }

    func status(_ lane: CephLane) -> BlockingPool.Status? { pools[lane]?.status }
}
