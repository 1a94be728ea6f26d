import Glibc
import Synchronization
import System

/// Connections to any number of clusters and users, made at first use and kept while they are used.
///
/// Each has its own bounded threads, so a cluster that hangs does not keep others from being served. A connection
/// that was idle for a while is unmounted; one that Ceph has dropped (evicted, blocklisted) is replaced by the call
/// that finds out.
public final class CephConnections: Sendable {
    private struct State {
        /// What Ceph has accepted at least once.
        var accepted: [CephSettings: Connection] = [:]
        /// First attempts under way. A wrong key or a silent cluster takes up room here only, so that whoever is
        /// connected stays so.
        var trials: [CephSettings: Connection] = [:]
        var isSweeping = false
        var isClosed = false

        func known(_ settings: CephSettings) -> Connection? { accepted[settings] ?? trials[settings] }
        var all: [Connection] { Array(accepted.values) + trials.values }

        mutating func close() -> [Connection] {
            defer { (accepted, trials, isClosed) = ([:], [:], true) }
            return all
        }
    }

    private let options: Options
    private let names: SessionNames
    private let unmounter: Unmounter
    private let monitors: MonitorConnections
    private let state = Mutex(State())

    /// No connection yet, and no library loaded.
    ///
    /// - Parameter identity: tells this process from every other one that runs at the same time with the same users,
    ///   and is the same after a restart (a pod's name): sessions which a killed process of that identity left behind
    ///   are ended by the first connection. Two processes of one identity would evict each other.
    public init(identity: String, options: Options = Options()) {
        self.options = options
        names = SessionNames(identity: identity)
        unmounter = Unmounter(names: names)
        monitors = MonitorConnections(idleTimeout: options.idleTimeout)
    }

    /// Runs `body` on a thread with the mount of `settings`, connecting first where need be.
    ///
    /// `body` must bear being run twice: when its connection turns out to be dead it starts again with a new one.
    /// When the task is cancelled, this returns and `body` goes on to its end; see `BlockingPool`.
    ///
    /// - Parameter label: what is being done, for ``hang`` and messages.
    /// - Throws: `CancellationError` at once when the task is cancelled, ``CephError`` when there is no connection
    ///   (EBUSY when all of the limit are in use), and what `body` throws.
    @discardableResult
    public func run<Value: Sendable>(
        _ settings: CephSettings,
        _ label: String,
        lane: CephLane = .foreground,
        _ body: @escaping @Sendable (CephFSMount) throws -> Value
    ) async throws -> Value {
        let connection = try await connection(for: settings)
        defer { classify(connection, again: true) }
        return try await connection.run(label, lane) { [self] mount in
            // What was still queued when everything closed would keep the mount from being unmounted.
            guard !isClosed else { throw CancellationError() }
            return try body(mount)
        }
    }

    /// Runs `body` with a mount of its own that is unmounted afterwards: for a root that is looked at once.
    public func runOnce<Value: Sendable>(
        _ settings: CephSettings,
        _ label: String,
        _ body: @escaping @Sendable (CephFSMount) throws -> Value
    ) async throws -> Value {
        let unmounter = unmounter
        return try await once[settings.cluster].run(label) {
            try body(CephFSMount(settings, session: nil, unmounter: unmounter))
        }
    }

    /// Runs `body` on a thread with a connection to the monitors that ends afterwards.
    @discardableResult
    public func runRados<Value: Sendable>(
        _ settings: CephSettings,
        _ label: String,
        _ body: @escaping @Sendable (Rados) throws -> Value
    ) async throws -> Value {
        try await once[settings.cluster].run(label) { try body(Rados(settings)) }
    }

    /// Runs `body` on a thread with a connection to the monitors that is kept for the next call, connecting first where
    /// need be. A connection on which a call has timed out is replaced by the next one.
    ///
    /// Cancellation is as with ``run(_:_:lane:_:)``; every command ends by itself at the settings' timeout.
    @discardableResult
    public func runMonitors<Value: Sendable>(
        _ settings: CephSettings,
        _ label: String,
        _ body: @escaping @Sendable (Rados) throws -> Value
    ) async throws -> Value {
        guard !isClosed else {
            throw CephError(call: "rados_connect", code: ECANCELED, detail: "the connections are being closed")
        }
        return try await monitors.run(settings, label, body)
    }

    /// Loads libcephfs ahead of the first connection; returns why it can't be loaded.
    public func preload() async -> CephError? {
        do {
            try await once[""].run("loading libcephfs") { try CephError.requireCephFS() }
            return nil
        } catch {
            return error as? CephError
        }
    }

    private let once = PoolFamily(name: "ceph-once", threads: 4, idleTimeout: .seconds(2))
    /// Commands to an MDS have no time-out: they must not take the threads of what has.
    let commands = PoolFamily(name: "ceph-mds", threads: 8, idleTimeout: .seconds(2))

    /// A connection whose last call has just been answered counts as busy for one moment more: worth a short wait.
    private func connection(for settings: CephSettings) async throws -> Connection {
        let end = ContinuousClock.now + .seconds(2)
        while true {
            do {
                return try connectionNow(for: settings)
            } catch let error as CephError where error.code == EBUSY && ContinuousClock.now < end {
                try await Task.sleep(for: .milliseconds(10))
            }
        }
    }

    private func connectionNow(for settings: CephSettings) throws -> Connection {
        classifyTrials()
        let connection = try state.withLock { state in
            guard !state.isClosed else {
                throw CephError(call: "ceph_mount", code: ECANCELED, detail: "the connections are being closed")
            }
            if let known = state.known(settings) { return known }
            if state.accepted.count >= options.limit, state.accepted.values.allSatisfy({ $0.idleSince == nil }) {
                throw CephError(
                    call: "ceph_mount",
                    code: EBUSY,
                    detail: "all of \(options.limit) connections are in use"
                )
            }
            guard state.trials.values.count(where: { $0.settings.monitors == settings.monitors }) < options.trialLimit
            else {
                throw CephError(
                    call: "ceph_mount",
                    code: EBUSY,
                    detail: "\(options.trialLimit) users are connecting to this cluster already"
                )
            }
            let new = Connection(settings, options, names, unmounter)
            state.trials[settings] = new
            return new
        }
        startSweeping()
        return connection
    }

    /// Puts a connection where it belongs when a call on it has ended: to the accepted ones when it is mounted, away when
    /// the attempt has failed.
    ///
    /// - Parameter again: look once more in a moment: a call that has just been answered counts as busy for that long.
    private func classify(_ connection: Connection, again: Bool = false) {
        if again, !connection.isMounted {
            Task.detached { [weak self] in
                try? await Task.sleep(for: .milliseconds(100))
                self?.classify(connection)
            }
        }
        // The last reference may go with what is returned: outside the lock.
        _ = state.withLock { state -> Connection? in
            let settings = connection.settings
            guard state.known(settings) === connection else { return nil }
            guard connection.isMounted else {
                guard connection.idleSince != nil else { return nil }
                return state.trials.removeValue(forKey: settings) ?? state.accepted.removeValue(forKey: settings)
            }
            guard state.trials.removeValue(forKey: settings) != nil else { return nil }
            let idle = state.accepted.values.compactMap { known in known.idleSince.map { (known, $0) } }
            state.accepted[settings] = connection
            guard state.accepted.count > options.limit, let oldest = idle.min(by: { $0.1 < $1.1 }) else { return nil }
            return state.accepted.removeValue(forKey: oldest.0.settings)
        }
    }

    /// Classifies what calls that were cancelled, or had not quite ended, have left behind.
    private func classifyTrials() {
        for connection in state.withLock({ Array($0.trials.values) }) { classify(connection) }
    }

    /// Retires idle connections now and then, as long as there are any.
    private func startSweeping() {
        let isFirst = state.withLock { state in
            defer { state.isSweeping = true }
            return !state.isSweeping
        }
        guard isFirst else { return }
        let interval = max(options.idleTimeout / 4, .milliseconds(20))
        Task.detached { [weak self] in
            repeat {
                try? await Task.sleep(for: interval)
            } while self?.sweep() ?? false
        }
    }

    /// Retires what was idle for too long; false when nothing is left to look after.
    private func sweep() -> Bool {
        classifyTrials()
        let deadline = ContinuousClock.now - options.idleTimeout
        // The last references may go with the array: outside the lock.
        return state.withLock { state -> (retired: [Connection], isNeeded: Bool) in
            let idle = state.accepted.values.filter { $0.idleSince.map { $0 <= deadline } ?? false }
            for connection in idle { state.accepted[connection.settings] = nil }
            state.isSweeping = !state.all.isEmpty
            return (idle, state.isSweeping)
        }.isNeeded
    }
}

extension CephConnections {
    /// Whether ``close(patience:)`` was called: work that may be left for later should stop.
    public var isClosed: Bool { state.withLock { $0.isClosed } }

    /// Whether requests are under way on that connection. Never blocks.
    public func isBusy(_ settings: CephSettings) -> Bool {
        state.withLock { $0.known(settings) }?.isServing ?? false
    }

    /// Users that are connected or connecting.
    public var users: Int { state.withLock { $0.all.count } }

    /// Connections that are mounted.
    public var mounted: Int { state.withLock { $0.all.count(where: \.isMounted) } }

    /// What Ceph has not answered for longest, when nothing can move any more: every thread for requests, of every
    /// connection, has been in one call for longer than the patience. Nil otherwise. Never blocks.
    public var hang: (label: String, elapsed: Duration)? {
        let statuses = state.withLock { $0.all }.compactMap { $0.status(.foreground) }
        guard !statuses.isEmpty, statuses.allSatisfy({ $0.isStuck(for: options.patience) }) else { return nil }
        return statuses.compactMap(\.longest).max { $0.elapsed < $1.elapsed }
    }

    /// Retires every connection and waits until those that Ceph still answers are unmounted. Later calls fail with
    /// ECANCELED.
    ///
    /// - Parameter patience: how long to wait at most.
    public func close(patience: Duration = .seconds(9)) async {
        let end = ContinuousClock.now + patience
        retireAll()
        await monitors.close()
        // The unmounts are handed over when the last references go, some moments from now.
        let deadline = end - min(.seconds(2), patience / 3)
        repeat {
            try? await Task.sleep(for: .milliseconds(5))
        } while (unmounter.pending > 0 || names.inUse > 0) && ContinuousClock.now < deadline && !Task.isCancelled
        await endSessions(until: end)
    }

    /// Ends the sessions of mounts that can't be unmounted, for a call of theirs waits in Ceph: for a client that died,
    /// say. What they hold would keep everybody else waiting, the next life of this program among them, until the MDS
    /// gives the session up after a minute (seen on Ceph 16, 18 and 20).
    private func endSessions(until deadline: ContinuousClock.Instant) async {
        let left = names.taken
        guard !left.isEmpty, !Task.isCancelled else { return }
        await withTaskGroup(of: Void.self) { [once] group in
            for (name, settings) in left {
                group.addTask {
                    try? await once[settings.cluster].run("ending a session") {
                        try CephFSMount.endSession(name, settings)
                    }
                }
            }
            group.addTask { try? await Task.sleep(until: deadline) }
            // An MDS that is silent does not end them either.
            for _ in left where ContinuousClock.now < deadline { await group.next() }
            group.cancelAll()
        }
    }

    private func retireAll() {
        // The last references may go here: outside the lock.
        let all = state.withLock { $0.close() }
        for connection in all { connection.close() }
    }
}
